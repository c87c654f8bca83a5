/* SPDX-License-Identifier: BSD-2-Clause */
/* What the language itself offers, for tools that explain and complete configurations. */
#pragma once
#include "module/module.h"

extern const struct func core_funcs[];
extern const struct variable core_variables[];

enum word_place {
    WORD_TOP = 1,        /* begins a declaration */
    WORD_STATEMENT = 2,  /* begins a statement */
    WORD_EXPRESSION = 4, /* stands in expressions */
};
struct language_word {
    const char *word, *doc;
    unsigned places;
};
/* Both are ended by a NULL word. */
extern const struct language_word language_words[];
extern const struct language_word language_directives[];
