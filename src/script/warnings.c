/* SPDX-License-Identifier: BSD-2-Clause */
/* Every warning: what it says, why it matters, how to write it safely. */
#include "script/program.h"

const struct warning script_warnings[] = {
    { "W-assign-condition", "An assignment stands where a condition is expected.",
      "if ($x = 0) sets $x and is true: an assignment is an action whose code is 1.",
      "Compare with ==, or assign on a line of its own." },
    { "W-call-compare", "The code of a call is compared inside an expression.",
      "Inside an expression a call counts as 1 or 0. Its code, such as -1 or 2, is not seen there, "
      "so f() == -1 is never true.",
      "Call the function, then compare $rc; or $var(code) = f(); and compare that." },
    { "W-never-called", "A call stands beside a constant that decides.",
      "f() || 1 is always true and f() && 0 always false, so the whole is replaced by the "
      "constant, "
      "and f() does not run.",
      "Call it in a statement of its own." },
    { "W-null-left", "$null stands on the left of == or !=.",
      "Only on the right does $null ask whether something is defined. On the left it is 0 or \"\", "
      "so a variable that is 0 counts as equal.",
      "Write $x == $null." },
    { "W-no-expansion", "A string with a variable in it is used in an expression.",
      "Variables inside strings are expanded by functions that take them as arguments. An "
      "expression takes the text as it stands.",
      "Put the parts together: \"sip:\" + $rU + \"@\" + $rd." },
    { "W-subst-variable", "The text of a #!subst has a variable that has no value yet.",
      "Variables of the text are read when the configuration is: those of the machine, of the "
      "environment and of time, if their module is loaded above. One of a message stays as it is, "
      "for the function that takes the text to expand; the packaged server puts a value of a "
      "message of its own there.",
      "Write $$ru when the variable itself is to stand in the text." },
    { "W-define-comment", "A comment stands behind the value of a define.",
      "The value of #!define is the rest of the line, comments included. Where the name stands "
      "later, the comment swallows what follows it.",
      "Put the comment on a line of its own above." },
    { "W-unknown-directive", "A line begins with #! or !!, and what follows is no directive.",
      "It counts as a comment, so a misspelt #!define or #!ifdef does nothing.",
      "Correct the word, or put a blank behind the # of a comment." },
    { "W-unknown-event", "No loaded module runs an event route of this name.",
      "The block would never run. The packaged server does not check these names.",
      "Correct the name; docs/modules lists the events of each module." },
    { "W-unreachable", "A statement stands behind one that always ends the route.",
      "Nothing runs behind exit, return or drop, nor behind an if whose branches all end so: a "
      "reply there is never sent.",
      "Move it before, or remove it." },
    { "W-duplicate-case", "A label of a switch stands there twice.",
      "The first one is taken; statements behind the second run only by falling through.",
      "Remove one of them." },
    { "W-unused-route", "A route block is named by nothing in the configuration.",
      "It never runs: a call is missing, or its name is misspelt somewhere.",
      "Call it, or remove it. Blocks are not reported where routes are called by names that are "
      "known only at run time." },
    { "W-return-zero", "return 0 inside a route block ends the whole script.",
      "The code 0 means exit, even inside if (route(X)).",
      "Write exit where that is meant, return -1 for false, or set return_mode = 1." },
    { "W-break-route", "break stands outside of switch and while.",
      "It leaves the route block with code 0, and does not end the script as return 0 would.",
      "Write return." },
    { "W-drop-ignored", "drop in a failure_route does not discard anything.",
      "A transaction's final reply is sent all the same.",
      "Send the reply that is wanted with t_reply(), or write exit." },
    { "W-counter", "A number is added to an AVP that may not be set.",
      "+ with an undefined left side puts texts together: a counter runs 1, 11, 111.",
      "Set it to 0 first, or write 1 + $avp(x)." },
    { "W-text-number", "A text is compared with a number.",
      "The left side decides: both are compared as texts, so \"05\" is not 5.",
      "Turn the left side around: 5 == $x, or use $(x{s.int})." },
    { "W-precedence", "A shift stands beside a comparison without parentheses.",
      "Shifts bind looser than == here, other than in C: 1 << 2 == 4 is 1 << (2 == 4).",
      "Put parentheses." },
    { "W-octal", "A number begins with 0.", "It counts as octal: 010 is 8.",
      "Leave out the 0, or write it in quotes when it is a text, such as a prefix." },
    { "W-jsonrpc-transport", "JSON-RPC over HTTP is asked for, and xhttp is not loaded.",
      "Requests that come by HTTP are not answered.", "Load xhttp.so before jsonrpcs.so." },
    { 0 },
};

const struct warning *warning_find(struct str name)
{
    for (const struct warning *w = script_warnings; w->name; w++)
        if (str_eq(str_of(w->name), name))
            return w;
    return NULL;
}
