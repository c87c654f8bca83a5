/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers and body: found, added, changed, removed; tests of texts. */
#include "modules/textops/textops.h"
#include "modules/textops/body.h"
#include "modules/textops/headers.h"
#include "modules/textops/parts.h"
#include "modules/textops/search.h"
#include "modules/textops/substitute.h"
#include "modules/textops/texts.h"

static struct {
    struct module_slot slot;
} self;

enum {
    MESSAGE_ROUTES = ROUTE_REQUEST | ROUTE_REPLY | ROUTE_TM_REPLY | ROUTE_FAILURE | ROUTE_BRANCH |
                     ROUTE_BRANCH_FAILURE | ROUTE_EVENT,
    REQUEST_ROUTES = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_BRANCH | ROUTE_EVENT,
};

EXPOSE(append_hf, hf_args)
EXPOSE(insert_hf, hf_args)
EXPOSE(append_urihf, two_args)
EXPOSE(append_to_reply, text_args)
EXPOSE0(append_time)
EXPOSE0(append_time_to_request)
EXPOSE(is_present_hf, name_args)
EXPOSE(is_present_hf_re, regex_args)
EXPOSE(is_present_hf_re_pv, text_args)
EXPOSE(remove_hf, name_args)
EXPOSE(remove_hf_idx, index_args)
EXPOSE(remove_hf_re, regex_args)
EXPOSE(remove_hf_re_pv, text_args)
EXPOSE(remove_hf_exp, two_regex_args)
EXPOSE(remove_hf_exp_pv, two_args)
EXPOSE(remove_hf_match, three_args)
EXPOSE(via_param_rm, name_args)
EXPOSE(is_privacy, name_args)
EXPOSE(is_method, method_args)
EXPOSE(in_list, three_args)
EXPOSE(in_list_prefix, three_args)
EXPOSE(cmp_str, two_args)
EXPOSE(cmp_istr, two_args)
EXPOSE(starts_with, two_args)
EXPOSE(ends_with, two_args)
EXPOSE(str_find_in, two_args)
EXPOSE(str_ifind_in, two_args)
EXPOSE(str_any_in, two_args)
EXPOSE(str_all_in, two_args)
EXPOSE(search_str, two_args)
EXPOSE(regex_substring, substring_args)
EXPOSE(search, regex_args)
EXPOSE(search_body, regex_args)
EXPOSE(search_hf, hf_search_args)
EXPOSE(search_append, replace_args)
EXPOSE(search_append_body, replace_args)
EXPOSE(replace_first, replace_args)
EXPOSE(replace_body, replace_args)
EXPOSE(replace_hdrs, replace_args)
EXPOSE(replace_all, replace_args)
EXPOSE(replace_body_all, replace_args)
EXPOSE(replace_body_atonce, two_args)
EXPOSE(replace_str, three_args)
EXPOSE(replace_body_str, three_args)
EXPOSE(replace_hdrs_str, three_args)
EXPOSE(set_body, two_args)
EXPOSE(set_body_hex, two_args)
EXPOSE(set_reply_body, two_args)
EXPOSE(set_reply_body_hex, two_args)
EXPOSE(has_body, text_args)
EXPOSE0(is_audio_on_hold)
EXPOSE(filter_body, text_args)
EXPOSE(get_body_part, get_part_args)
EXPOSE(get_body_part_raw, get_part_args)
EXPOSE(remove_body_part, text_args)
EXPOSE(set_body_multipart, three_args)
EXPOSE(append_body_part, three_args)
EXPOSE(append_body_part_hex, three_args)
EXPOSE(subst, subst_args)
EXPOSE(subst_uri, subst_args)
EXPOSE(subst_user, subst_args)
EXPOSE(subst_body, subst_args)
EXPOSE(subst_hf, subst_hf_args)
EXPOSE(subst_v, subst_v_args)

static const struct field hf_args_fields[] = {
    FIELD(hf_args, text, "The whole line, \"Name: value\"; a missing line end is added."),
    FIELD(hf_args, header, "The header it goes next to.", .optional = true),
    { 0 },
};
static const struct field text_args_fields[] = {
    FIELD(text_args, text, "A text."),
    { 0 },
};
static const struct field type_args_fields[] = {
    FIELD_NAMED(text_args, text, "mime", "The type the body must have.", .optional = true),
    { 0 },
};
static const struct field name_args_fields[] = {
    FIELD(name_args, name, "The name; the compact form is found too."),
    { 0 },
};
static const struct field index_args_fields[] = {
    FIELD(index_args, name, "The name of the header."),
    FIELD(index_args, index, "Which of that name, from 0; negative counts from the end."),
    { 0 },
};
static const struct field regex_args_fields[] = {
    FIELD(regex_args, pattern, "A regular expression; letters match in either case."),
    { 0 },
};
static const struct field two_regex_args_fields[] = {
    FIELD(two_regex_args, match, "A regular expression over names."),
    FIELD(two_regex_args, skip, "One over names that stay."),
    { 0 },
};
static const struct field two_args_fields[] = {
    FIELD(two_args, first, "A text."),
    FIELD(two_args, second, "Another."),
    { 0 },
};
static const struct field atonce_args_fields[] = {
    FIELD_NAMED(two_args, first, "pattern", "A regular expression; letters match in either case."),
    FIELD_NAMED(two_args, second, "text", "The text that is put there."),
    { 0 },
};
static const struct field body_args_fields[] = {
    FIELD_NAMED(two_args, first, "text", "The body."),
    FIELD_NAMED(two_args, second, "content_type", "The value of Content-Type."),
    { 0 },
};
static const struct field filter_args_fields[] = {
    FIELD_NAMED(text_args, text, "content_type", "The type of the part, as \"text/plain\"."),
    { 0 },
};
static const struct field get_part_args_fields[] = {
    FIELD(get_part_args, type, "The type of the part, as \"text/plain\"."),
    FIELD(get_part_args, into, "The variable that gets it."),
    { 0 },
};
static const struct field multipart_args_fields[] = {
    FIELD_NAMED(three_args, first, "text", "The first part; when missing, the body.", .def = ""),
    FIELD_NAMED(three_args, second, "content_type", "Its type.", .def = ""),
    FIELD_NAMED(three_args, third, "boundary", "What separates parts.", .def = ""),
    { 0 },
};
static const struct field part_args_fields[] = {
    FIELD_NAMED(three_args, first, "text", "The content of the part."),
    FIELD_NAMED(three_args, second, "content_type", "Its type."),
    FIELD_NAMED(three_args, third, "disposition", "Its Content-Disposition.", .def = ""),
    { 0 },
};
static const struct field subst_args_fields[] = {
    FIELD(subst_args, expression, "/pattern/replacement/flags", .literal = true),
    { 0 },
};
static const struct field subst_hf_args_fields[] = {
    FIELD(subst_hf_args, name, "The name of the header.", .literal = true),
    FIELD(subst_hf_args, expression, "/pattern/replacement/flags", .literal = true),
    FIELD(subst_hf_args, which, "a for all of that name, f for the first, l for the last."),
    { 0 },
};
static const struct field subst_v_args_fields[] = {
    FIELD(subst_v_args, text, "The text."),
    FIELD(subst_v_args, expression, "/pattern/replacement/flags"),
    FIELD(subst_v_args, into, "The variable that gets the result."),
    { 0 },
};
static const struct field list_args_fields[] = {
    FIELD_NAMED(three_args, first, "subject", "What is looked for."),
    FIELD_NAMED(three_args, second, "list", "The list."),
    FIELD_NAMED(three_args, third, "separator", "The character between its items."),
    { 0 },
};
static const struct field match_args_fields[] = {
    FIELD_NAMED(three_args, first, "name", "The name of the header."),
    FIELD_NAMED(three_args, second, "op", "eq, ne, in or re."),
    FIELD_NAMED(three_args, third, "expression", "What the body is compared with."),
    { 0 },
};
static const struct field replace_str_args_fields[] = {
    FIELD_NAMED(three_args, first, "match", "The text to be replaced."),
    FIELD_NAMED(three_args, second, "replacement", "What stands there instead."),
    FIELD_NAMED(three_args, third, "mode", "f for the first, a for all."),
    { 0 },
};
static const struct field replace_args_fields[] = {
    FIELD(replace_args, pattern, "A regular expression; letters match in either case."),
    FIELD(replace_args, text, "The text that is put there."),
    { 0 },
};
static const struct field hf_search_args_fields[] = {
    FIELD(hf_search_args, name, "The name of the header."),
    FIELD(hf_search_args, pattern, "A regular expression."),
    FIELD(hf_search_args, which, "a for all of that name, f for the first, l for the last."),
    { 0 },
};
static const struct field method_args_fields[] = {
    FIELD(method_args, name, "A method, or several separated by |."),
    { 0 },
};
static const struct field substring_args_fields[] = {
    FIELD(substring_args, text, "The text to match."),
    FIELD(substring_args, pattern, "A regular expression with groups."),
    FIELD(substring_args, group, "Which group, 0 for the whole match."),
    FIELD(substring_args, groups, "How many groups the pattern has, the whole match included."),
    FIELD(substring_args, into, "The variable that gets the group."),
    { 0 },
};

/* A function whose arguments have names of their own over a struct that several share. */
#define FUNC_AS(label, fn, st, fields, ...)                                                        \
    {                                                                                              \
        .name = (label), .run = fn##_with_##st, .args = (fields), .args_size = sizeof(struct st),  \
        .doc = __VA_ARGS__                                                                         \
    }

static const struct func funcs[] = {
    FUNC(append_hf, hf_args, "Adds a header at the end, or behind the last of a name.",
         .routes = MESSAGE_ROUTES),
    FUNC(insert_hf, hf_args, "Adds a header at the beginning, or before the first of a name.",
         .routes = MESSAGE_ROUTES),
    FUNC(append_urihf, two_args, "Adds a header with the received Request-URI between two texts.",
         .routes = REQUEST_ROUTES),
    FUNC(append_to_reply, text_args, "Adds a header to replies made here.",
         .routes = REQUEST_ROUTES),
    FUNC0(append_time, "Adds Date to replies made here.", .routes = REQUEST_ROUTES),
    FUNC0(append_time_to_request, "Adds Date to the message.", .routes = MESSAGE_ROUTES),
    FUNC(is_present_hf, name_args, "Tells whether a header is there.", .routes = MESSAGE_ROUTES,
         .aliases = (const char *const[]){ "is_present_hf_pv", NULL }),
    FUNC(is_present_hf_re, regex_args, "Tells whether a header is there whose name matches.",
         .routes = MESSAGE_ROUTES),
    FUNC(is_present_hf_re_pv, text_args, "The same with a pattern made at run time.",
         .routes = MESSAGE_ROUTES),
    FUNC(remove_hf, name_args, "Removes all headers of a name.", .routes = MESSAGE_ROUTES,
         .aliases = (const char *const[]){ "remove_hf_pv", NULL }),
    FUNC(remove_hf_idx, index_args, "Removes one header of a name."),
    FUNC(remove_hf_re, regex_args, "Removes all headers whose name matches."),
    FUNC(remove_hf_re_pv, text_args, "The same with a pattern made at run time."),
    FUNC(remove_hf_exp, two_regex_args,
         "Removes headers whose name matches one pattern but not another."),
    FUNC(remove_hf_exp_pv, two_args, "The same with patterns made at run time."),
    FUNC_AS("remove_hf_match", remove_hf_match, three_args, match_args_fields,
            "Removes headers of a name by their body."),
    FUNC(via_param_rm, name_args, "Removes a parameter of the topmost Via."),
    FUNC(is_privacy, name_args, "Tells whether the caller asked for a kind of privacy (RFC 3323).",
         .routes = MESSAGE_ROUTES),
    FUNC(is_method, method_args,
         "Tells whether the method is one of a list; in replies, that of CSeq.",
         .prepare = is_method_prepare),
    FUNC_AS("in_list", in_list, three_args, list_args_fields, "Tells whether a list has an item."),
    FUNC_AS("in_list_prefix", in_list_prefix, three_args, list_args_fields,
            "Tells whether a list has an item that a text starts with."),
    FUNC(cmp_str, two_args, "Tells whether two texts are the same."),
    FUNC(cmp_istr, two_args, "The same for letters of either case."),
    FUNC(starts_with, two_args, "Tells whether the first text starts with the second."),
    FUNC(ends_with, two_args, "Tells whether the first text ends with the second."),
    FUNC_NAMED("str_find", str_find_in, two_args, "Tells whether the first text holds the second."),
    FUNC_NAMED("str_ifind", str_ifind_in, two_args, "The same for letters of either case."),
    FUNC(str_any_in, two_args, "Tells whether any character of the first text is in the second."),
    FUNC(str_all_in, two_args, "Tells whether all characters of the first text are in the second."),
    FUNC(search_str, two_args, "Tells whether a text matches a pattern."),
    FUNC(regex_substring, substring_args, "Stores a group of a match in a variable."),
    FUNC(search, regex_args, "Tells whether the message matches.", .routes = MESSAGE_ROUTES),
    FUNC(search_body, regex_args, "Tells whether the body matches.", .routes = MESSAGE_ROUTES),
    FUNC(search_hf, hf_search_args, "Tells whether a header's body matches.",
         .routes = MESSAGE_ROUTES),
    FUNC(search_append, replace_args, "Puts a text behind the first match.",
         .routes = MESSAGE_ROUTES),
    FUNC(search_append_body, replace_args, "Puts a text behind the first match in the body.",
         .routes = MESSAGE_ROUTES),
    FUNC_NAMED("replace", replace_first, replace_args, "Replaces the first match.",
               .routes = MESSAGE_ROUTES),
    FUNC(replace_body, replace_args, "Replaces the first match in the body.",
         .routes = MESSAGE_ROUTES),
    FUNC(replace_hdrs, replace_args, "Replaces the first match in the headers."),
    FUNC(replace_all, replace_args, "Replaces all matches.", .routes = MESSAGE_ROUTES),
    FUNC(replace_body_all, replace_args, "Replaces all matches in the body, line by line.",
         .routes = MESSAGE_ROUTES),
    FUNC_AS("replace_body_atonce", replace_body_atonce, two_args, atonce_args_fields,
            "Replaces all matches in the body as a whole.", .routes = MESSAGE_ROUTES),
    FUNC_AS("replace_str", replace_str, three_args, replace_str_args_fields,
            "Replaces a text in headers and body."),
    FUNC_AS("replace_body_str", replace_body_str, three_args, replace_str_args_fields,
            "Replaces a text in the body."),
    FUNC_AS("replace_hdrs_str", replace_hdrs_str, three_args, replace_str_args_fields,
            "Replaces a text in the headers."),
    FUNC_AS("set_body", set_body, two_args, body_args_fields, "Gives the message a body.",
            .routes = MESSAGE_ROUTES),
    FUNC_AS("set_body_hex", set_body_hex, two_args, body_args_fields,
            "The same with the body in hexadecimal digits.", .routes = MESSAGE_ROUTES),
    FUNC_AS("set_reply_body", set_reply_body, two_args, body_args_fields,
            "Gives replies made here a body.", .routes = REQUEST_ROUTES),
    FUNC_AS("set_reply_body_hex", set_reply_body_hex, two_args, body_args_fields,
            "The same with the body in hexadecimal digits.", .routes = REQUEST_ROUTES),
    FUNC_AS("has_body", has_body, text_args, type_args_fields,
            "Tells whether there is a body, and of the type.", .routes = MESSAGE_ROUTES),
    FUNC_AS("filter_body", filter_body, text_args, filter_args_fields,
            "Leaves only the part of a type, which becomes the body.", .routes = MESSAGE_ROUTES),
    FUNC(get_body_part, get_part_args, "Stores the content of a part, or the body, in a variable.",
         .routes = MESSAGE_ROUTES),
    FUNC(get_body_part_raw, get_part_args, "The same with the headers of the part.",
         .routes = MESSAGE_ROUTES),
    FUNC_AS("remove_body_part", remove_body_part, text_args, filter_args_fields,
            "Removes the part of a type.", .routes = REQUEST_ROUTES),
    FUNC_AS("set_body_multipart", set_body_multipart, three_args, multipart_args_fields,
            "Makes the body one of several parts.", .routes = REQUEST_ROUTES),
    FUNC_AS("append_body_part", append_body_part, three_args, part_args_fields,
            "Adds a part to a body of several parts.", .routes = REQUEST_ROUTES),
    FUNC_AS("append_body_part_hex", append_body_part_hex, three_args, part_args_fields,
            "The same with the content in hexadecimal digits.", .routes = REQUEST_ROUTES),
    FUNC(subst, subst_args, "Substitutes in headers and body, as sed does it.",
         .routes = MESSAGE_ROUTES, .prepare = subst_prepare),
    FUNC(subst_uri, subst_args, "Substitutes in the Request-URI.", .routes = MESSAGE_ROUTES,
         .prepare = subst_prepare),
    FUNC(subst_user, subst_args, "Substitutes in the user of the Request-URI.",
         .routes = MESSAGE_ROUTES, .prepare = subst_prepare),
    FUNC(subst_body, subst_args, "Substitutes in the body.", .routes = MESSAGE_ROUTES,
         .prepare = subst_prepare),
    FUNC(subst_hf, subst_hf_args, "Substitutes in headers of a name.", .routes = MESSAGE_ROUTES,
         .prepare = subst_hf_prepare),
    FUNC(subst_v, subst_v_args, "Substitutes in a text and stores it in a variable."),
    FUNC0(is_audio_on_hold, "Tells whether the audio stream is on hold.", .routes = MESSAGE_ROUTES,
          .returns = (const struct outcome[]){ { 1, "by a null address" },
                                               { 2, "by sendonly or inactive" },
                                               { -1, "it is not" },
                                               { 0 } }),
    { 0 },
};

const struct module module_textops = {
    .abi = MODULE_ABI,
    .name = "textops",
    .doc = "Headers and body: found, added, changed, removed; tests of texts.",
    .slot = &self.slot,
    .funcs = funcs,
    .transformations = textops_transformations,
};
