/* SPDX-License-Identifier: BSD-2-Clause */
/* A configuration as it is written: what the parser makes and the checker reads. */
#pragma once
#include "script/lex.h"

/* Words that stand for a property of the message in expressions. */
#define OPERAND_TABLE(X)                                                                           \
    X(OPERAND_METHOD, "method")                                                                    \
    X(OPERAND_URI, "uri")                                                                          \
    X(OPERAND_STATUS, "status")                                                                    \
    X(OPERAND_FROM_URI, "from_uri")                                                                \
    X(OPERAND_TO_URI, "to_uri")                                                                    \
    X(OPERAND_SRC_IP, "src_ip")                                                                    \
    X(OPERAND_SRC_PORT, "src_port")                                                                \
    X(OPERAND_DST_IP, "dst_ip")                                                                    \
    X(OPERAND_DST_PORT, "dst_port")                                                                \
    X(OPERAND_PROTO, "proto")                                                                      \
    X(OPERAND_AF, "af")                                                                            \
    X(OPERAND_MYSELF, "myself")                                                                    \
    X(OPERAND_MSG_LEN, "msg:len")                                                                  \
    X(OPERAND_MAX_LEN, "max_len")                                                                  \
    X(OPERAND_SND_IP, "snd_ip")                                                                    \
    X(OPERAND_SND_PORT, "snd_port")                                                                \
    X(OPERAND_SND_PROTO, "snd_proto")                                                              \
    X(OPERAND_SND_AF, "snd_af")                                                                    \
    X(OPERAND_TO_IP, "to_ip")                                                                      \
    X(OPERAND_TO_PORT, "to_port")                                                                  \
    X(OPERAND_TO_PROTO, "to_proto")                                                                \
    X(OPERAND_TO_AF, "to_af")                                                                      \
    X(OPERAND_URI_HOST, "uri:host")                                                                \
    X(OPERAND_URI_PORT, "uri:port")
enum operand {
#define X(id, word) id,
    OPERAND_TABLE(X)
#undef X
        OPERAND_COUNT
};
extern const char *const operand_words[];

enum tree_kind {
    TREE_BAD,     /* a fault was told; whoever meets it stays silent */
    TREE_INT,     /* number */
    TREE_STR,     /* token */
    TREE_VAR,     /* token */
    TREE_SELECT,  /* token */
    TREE_OPERAND, /* operand */
    TREE_WORD,    /* text: a bare word, such as OPTIONS, udp or example.org */
    TREE_NET,     /* text: 10.0.0.0/8, [::1] */
    TREE_UNARY,   /* op, left */
    TREE_BINARY,  /* op, left, right */
    TREE_CALL,    /* name, args */
    TREE_ASSIGN,  /* left, right */
};
enum tree_op {
    OP_NONE,
    OP_NEG,
    OP_NOT,
    OP_BITNOT,
    OP_INT,
    OP_TEXT,
    OP_DEFINED,
    OP_OR,
    OP_AND,
    OP_BITOR,
    OP_BITAND,
    OP_XOR,
    OP_LSHIFT,
    OP_RSHIFT,
    OP_EQ,
    OP_NE,
    OP_MATCH,
    OP_STREQ,
    OP_STRNE,
    OP_INTEQ,
    OP_INTNE,
    OP_GT,
    OP_LT,
    OP_GE,
    OP_LE,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_SUM, /* '+' where a number is wanted; made by the checker */
    OP_COUNT
};
extern const char *const tree_op_words[];

struct tree {
    enum tree_kind kind;
    enum tree_op op;
    enum operand operand;
    bool in_parens;
    struct place at;    /* of the whole; operators: of the operator */
    struct place start; /* of its first token */
    struct str text;    /* words, names of functions */
    const struct token *token;
    int64_t number;
    struct tree *left, *right;
    struct tree *args; /* of a call; linked by next */
    size_t n_args;
    struct tree *next;
};

enum stmt_kind {
    STMT_EXPR,   /* expr: a call or an assignment */
    STMT_IF,     /* expr, body, otherwise */
    STMT_WHILE,  /* expr, body */
    STMT_SWITCH, /* expr, cases */
    STMT_BREAK,
    STMT_RETURN, /* expr or NULL; likewise the next two */
    STMT_EXIT,
    STMT_DROP,
    STMT_BLOCK, /* body */
};
struct stmt_case {
    struct stmt_case *next;
    struct place at;
    struct tree *label; /* NULL: default */
    bool regex, icase;
    struct stmt *body;
};
struct stmt {
    struct stmt *next;
    enum stmt_kind kind;
    struct place at;
    struct tree *expr;
    struct stmt *body, *otherwise;
    struct stmt_case *cases;
};

enum top_kind {
    TOP_PARAM,      /* name, value */
    TOP_CUSTOM,     /* group, name, value, doc */
    TOP_LOADMODULE, /* value */
    TOP_PATH,       /* value */
    TOP_MODPARAM,   /* group (the module), name, value */
    TOP_ROUTE,      /* block_kind, name, body */
    TOP_LISTEN,     /* words */
    TOP_ALIAS,      /* words */
    TOP_FLAGS,      /* name, value (a number) or NULL */
    TOP_AVPFLAGS,
};
enum block_kind {
    BLOCK_ROUTE, /* route[X], request_route */
    BLOCK_FAILURE,
    BLOCK_REPLY, /* onreply_route, reply_route */
    BLOCK_BRANCH,
    BLOCK_SEND,
    BLOCK_EVENT,
    BLOCK_KINDS
};

/* host, host:port, proto:host:port with what may follow; as words, names not resolved. */
struct tree_listen {
    struct tree_listen *next;
    struct place at;
    struct str proto, host, port, port_end;
    struct str adv_proto, adv_host, adv_port, name, vrf;
    int64_t workers;
    bool is_virtual;
};

struct top {
    struct top *next;
    enum top_kind kind;
    struct place at;
    struct str group, name;
    struct place group_at, name_at, value_at;
    struct tree *value; /* an expression; often a constant */
    bool bracketed;     /* coreparam[name] */
    bool evaluate;      /* loadmodulex, modparamx: variables in it count */
    struct str doc;
    enum block_kind block_kind;
    struct stmt *body;
    bool unnamed;       /* its name could not be read */
    struct place close; /* of the '}' of a block */
    struct tree_listen *listen;
};

/* Parses everything; faults go to the lexer's diagnostics, what could be read is in the list. */
/* *lost: something at the top could not be read, so route blocks may be missing. */
struct top *tree_parse(struct arena *a, struct diagnostics *d, struct tokens tokens, bool *lost);
/* One expression that must use up all tokens; NULL after a fault. */
struct tree *tree_parse_expression(struct arena *a, struct diagnostics *d, struct tokens tokens);
