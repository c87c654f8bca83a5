/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual machine: runs blocks of code over one message. A function that waits simply does so
 * on the stack of the coroutine; everything the machine keeps lies in the call's arena. */
#include "base/regex.h"
#include "script/instrument.h"
#include "script/state.h"

enum { STACK_CHUNK = 128 };

/* One route that runs; those below called it. */
struct activation {
    struct activation *up;
    const struct block *block;
    const struct code *pc;
    struct value *base, *sp; /* sp: behind the top */
    int ret;
    const char *route_name;
    struct value *stack_before;
    size_t left_before;
};

struct vm {
    struct call *c;
    struct script_frame *f;
    struct activation *now;
    struct activation *spare;
    int ret;
    bool ended; /* the whole script */
};

bool script_place(const struct call *c, struct str *file, unsigned *line)
{
    const struct activation *a = c->frame && c->frame->machine ? c->frame->machine->now : NULL;
    size_t at;

    if (!a)
        return false;
    at = (size_t)(a->pc - a->block->code);
    *file = a->block->file;
    *line = a->block->lines[at < a->block->n ? at : a->block->n - 1];
    return true;
}

const struct call_site *script_call_site(const struct call *c)
{
    const struct code *k = trap_original(c->frame->machine->now->pc);

    return k->op == CODE_CALL ? k->p : NULL;
}

/* Where the machine is, for logs. */
static struct str where(const struct vm *vm)
{
    struct str file = STR_NONE;
    unsigned line = 0;

    (void)script_place(vm->c, &file, &line);
    return arena_fmt(vm->c->arena, STR_FMT ":%u", STR_ARG(file), line);
}

static int64_t number(const struct vm *vm, const struct value *v)
{
    int64_t n;

    if (!value_as_int(v, &n)) {
        struct str at = where(vm);

        log_warn("script", STR_FMT ": \"" STR_FMT "\" is no number and counts as 0", STR_ARG(at),
                 (int)(v->s.n > 80 ? 80 : v->s.n), v->s.p);
    }
    return n;
}

static void enter_block(struct vm *vm, const struct block *b)
{
    struct script_frame *f = vm->f;
    struct activation *a = vm->spare;

    if (a)
        vm->spare = a->up;
    else
        a = arena_alloc(vm->c->arena, sizeof *a);
    a->up = vm->now;
    a->block = b;
    a->pc = b->code;
    a->route_name = vm->c->route_name;
    a->stack_before = f->stack;
    a->left_before = f->stack_left;
    if (f->stack_left < b->stack) {
        f->stack_left = b->stack > STACK_CHUNK ? b->stack : STACK_CHUNK;
        f->stack = arena_alloc(vm->c->arena, f->stack_left * sizeof *f->stack);
        /* A chunk stays in use by those that run inside this one only; it is found again when the
         * outermost one begins with it. */
        if (!a->stack_before) {
            a->stack_before = f->stack;
            a->left_before = f->stack_left;
        }
    }
    a->base = a->sp = f->stack;
    f->stack += b->stack;
    f->stack_left -= b->stack;
    vm->now = a;
    vm->ret = 1;
    if (b->name_z)
        vm->c->route_name = b->name_z;
}

static void leave_block(struct vm *vm)
{
    struct activation *a = vm->now;

    vm->f->stack = a->stack_before;
    vm->f->stack_left = a->left_before;
    vm->c->route_name = a->route_name;
    vm->now = a->up;
    a->up = vm->spare;
    vm->spare = a;
}

/* The code of a call whose arguments must be evaluated now; they lie at `values`. */
static int __attribute__((noinline))
call_dynamic(const struct vm *vm, const struct call_site *s, const struct value *values)
{
    struct field_env env = { .arena = vm->c->arena };
    char args[s->func->args_size] __attribute__((aligned(16)));

    memcpy(args, s->args, sizeof args);
    for (size_t i = 0; i < s->n_dynamic; i++) {
        const struct field *f = s->dynamic[i].field;
        struct value v = values[i];
        char space[160];
        struct buf why;

        if (f->type == FIELD_STR && f->max <= f->min) {
            *(struct str *)(void *)(args + f->at) =
                v.type == VALUE_NULL ? STR("") : value_text(&v, vm->c->arena);
            continue;
        }
        if (v.type == VALUE_NULL && f->type != FIELD_VALUE)
            v = VALUE_OF_STR(STR(""));
        buf_fixed(&why, space, sizeof space);
        if (field_set(f, args, &v, &env, &why)) {
            log_error("script", STR_FMT ": %s of %s: " STR_FMT, STR_ARG(s->where), f->name,
                      s->func->name, STR_ARG(buf_str(&why)));
            return SCRIPT_FALSE;
        }
    }
    return s->func->run(vm->c, args);
}

static bool step(struct vm *vm)
{
    if (++vm->f->steps <= SCRIPT_STEPS_MAX)
        return true;
    log_error("script", STR_FMT ": the script takes too long and is ended", STR_ARG(where(vm)));
    vm->ended = true;
    vm->ret = SCRIPT_EXIT;
    return false;
}

static void call(struct vm *vm, const struct call_site *s)
{
    struct activation *a = vm->now;
    int64_t began;
    int ret;

    a->sp -= s->n_dynamic;
    if (!step(vm))
        return;
    began = latency_of_call_begin(vm->c);
    ret = s->n_dynamic ? call_dynamic(vm, s, a->sp) : s->func->run(vm->c, s->args);
    if (began)
        latency_of_call(vm->c, s, began);
    vm->ret = ret;
    if (!s->module)
        return;
    vm->c->rc = ret;
    if (ret == SCRIPT_EXIT)
        vm->ended = true;
}

static const struct block *find_route(const struct vm *vm, struct str name)
{
    const struct block *b = program_block(vm->f->program, BLOCK_ROUTE, name);

    if (!b)
        log_error("script", STR_FMT ": there is no route[" STR_FMT "]", STR_ARG(where(vm)),
                  STR_ARG(name));
    return b;
}

/* True when a block was entered. */
static bool route(struct vm *vm, const struct block *b)
{
    if (!step(vm))
        return false;
    if (b && vm->f->routes < vm->f->program->routes_max) {
        vm->f->routes++;
        enter_block(vm, b);
        return true;
    }
    if (b)
        log_error("script", STR_FMT ": routes are called more than %lld deep", STR_ARG(where(vm)),
                  (long long)vm->f->program->routes_max);
    vm->ret = SCRIPT_FALSE;
    vm->c->rc = SCRIPT_FALSE;
    return false;
}

static void get_var(struct vm *vm, const struct var_ref *ref, struct value *out)
{
    err_t e = var_get(vm->c, ref, out);

    if (!e)
        return;
    *out = VALUE_NONE;
    if (e != ERR_NOT_FOUND && log_on(LOG_DEBUG)) {
        struct str at = where(vm), text = var_text(ref);

        log_debug("script", STR_FMT ": " STR_FMT ": %s", STR_ARG(at), STR_ARG(text), err_text(e));
    }
}

static void assign(struct vm *vm, const struct var_ref *ref, const struct value *v)
{
    err_t e = var_set(vm->c, ref, v);

    vm->ret = e ? SCRIPT_FALSE : SCRIPT_TRUE;
    if (e) {
        struct str at = where(vm), text = var_text(ref);

        log_error("script", STR_FMT ": cannot set " STR_FMT ": %s", STR_ARG(at), STR_ARG(text),
                  err_text(e));
    }
}

static bool matches(const struct vm *vm, const struct regex *r, const struct value *v)
{
    err_t e = regex_match(r, value_text(v, vm->c->arena), NULL, 0);

    if (e == ERR_LIMIT)
        log_error("script", STR_FMT ": the pattern takes too long on this text",
                  STR_ARG(where(vm)));
    return e == ERR_OK;
}

/* The pattern is not known before; given up when it is malformed. */
static err_t match_text(const struct vm *vm, struct value *text, const struct value *pattern)
{
    struct str p = value_text(pattern, vm->c->arena);
    const struct regex *r;
    char space[160];
    struct buf why;
    err_t e;

    buf_fixed(&why, space, sizeof space);
    e = regex_cached(p, REGEX_ICASE, &r, &why);
    if (e) {
        log_error("script", STR_FMT ": malformed regular expression \"" STR_FMT "\": " STR_FMT,
                  STR_ARG(where(vm)), STR_ARG(p), STR_ARG(buf_str(&why)));
        return e;
    }
    *text = VALUE_OF_INT(matches(vm, r, text));
    return ERR_OK;
}

static err_t divide(const struct vm *vm, struct value *l, const struct value *r, bool rest)
{
    int64_t a = number(vm, l), b = number(vm, r);

    if (b == 0) {
        log_error("script", STR_FMT ": division by zero", STR_ARG(where(vm)));
        return ERR_RANGE;
    }
    /* The one quotient that does not fit is 2^63. */
    if (b == -1)
        *l = VALUE_OF_INT(rest ? 0 : (int64_t)(0 - (uint64_t)a));
    else
        *l = VALUE_OF_INT(rest ? a % b : a / b);
    return ERR_OK;
}

static int32_t choose(const struct vm *vm, const struct switch_table *t, const struct value *v)
{
    struct str text = t->numbers ? STR_NONE : value_text(v, vm->c->arena);
    int64_t n = t->numbers ? number(vm, v) : 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct switch_label *label = &t->labels[i];

        if (t->numbers     ? label->number == n
            : label->regex ? regex_match(label->regex, text, NULL, 0) == ERR_OK
                           : str_eq(label->text, text))
            return label->to;
    }
    return t->otherwise;
}

/* The end of a route: back to the caller, which finds ret. False at the end of the outermost. */
static bool leave(struct vm *vm)
{
    bool inner = vm->now->up != NULL;

    leave_block(vm);
    if (inner) {
        vm->f->routes--;
        vm->c->rc = vm->ret;
    }
    return inner;
}

/* Runs until the outermost block ends; a lone expression leaves its value in *result. */
static void run(struct vm *vm, struct value *result)
{
    struct activation *a = vm->now;

#define TOP       (a->sp[-1])
#define UNDER     (a->sp[-2])
#define PUSH(v)   (*a->sp++ = (v))
#define TO(place) (a->pc = a->block->code + (place))
    for (;; a->pc++) {
        const struct code *k = a->pc;

    instruction:
        switch ((enum code_op)k->op) {
        case CODE_PUSH: PUSH(*(const struct value *)k->p); break;
        case CODE_VAR: get_var(vm, k->p, a->sp++); break;
        case CODE_FORMAT: PUSH(VALUE_OF_STR(format_eval(vm->c, k->p))); break;
        case CODE_SELECT: {
            const struct select_ref *s = k->p;

            if (s->get(vm->c, s, a->sp))
                *a->sp = VALUE_NONE;
            a->sp++;
            break;
        }
        case CODE_OPERAND:
            if (operand_get(vm->c, (enum operand)k->a, a->sp))
                *a->sp = VALUE_NONE;
            a->sp++;
            break;
        case CODE_RET: PUSH(VALUE_OF_INT(vm->ret)); break;
        case CODE_RET_TRUTH: PUSH(VALUE_OF_INT(vm->ret > 0)); break;
        case CODE_UNARY:
            if (k->a != OP_TEXT && TOP.type == VALUE_STR)
                TOP = VALUE_OF_INT(number(vm, &TOP));
            TOP = value_unary(vm->c->arena, (enum tree_op)k->a, &TOP);
            break;
        case CODE_STRLEN: TOP = VALUE_OF_INT((int64_t)value_text(&TOP, vm->c->arena).n); break;
        case CODE_STREMPTY: TOP = VALUE_OF_INT(value_text(&TOP, vm->c->arena).n == 0); break;
        case CODE_ADD:
            if (k->a || UNDER.type == VALUE_INT)
                UNDER = VALUE_OF_INT(
                    (int64_t)((uint64_t)number(vm, &UNDER) + (uint64_t)number(vm, &TOP)));
            else
                UNDER = value_add(vm->c->arena, &UNDER, &TOP);
            a->sp--;
            break;
        case CODE_SUB:
            UNDER =
                VALUE_OF_INT((int64_t)((uint64_t)number(vm, &UNDER) - (uint64_t)number(vm, &TOP)));
            a->sp--;
            break;
        case CODE_MUL:
            UNDER =
                VALUE_OF_INT((int64_t)((uint64_t)number(vm, &UNDER) * (uint64_t)number(vm, &TOP)));
            a->sp--;
            break;
        case CODE_DIV:
        case CODE_MOD:
            if (divide(vm, &UNDER, &TOP, k->op == CODE_MOD))
                goto give_up;
            a->sp--;
            break;
        case CODE_BITS:
            UNDER =
                VALUE_OF_INT(value_bits((enum tree_op)k->a, number(vm, &UNDER), number(vm, &TOP)));
            a->sp--;
            break;
        case CODE_ORDER:
            UNDER =
                VALUE_OF_INT(value_order((enum tree_op)k->a, number(vm, &UNDER), number(vm, &TOP)));
            a->sp--;
            break;
        case CODE_EQ:
        case CODE_NE: {
            bool equal = UNDER.type == VALUE_INT ? UNDER.i == number(vm, &TOP)
                                                 : value_equal(vm->c->arena, &UNDER, &TOP);

            UNDER = VALUE_OF_INT(equal == (k->op == CODE_EQ));
            a->sp--;
            break;
        }
        case CODE_TEXT_EQ: {
            struct str l = value_text(&UNDER, vm->c->arena), r = value_text(&TOP, vm->c->arena);

            UNDER = VALUE_OF_INT(str_eq(l, r) != (k->a != 0));
            a->sp--;
            break;
        }
        case CODE_TEXT_IEQ: {
            struct str l = value_text(&UNDER, vm->c->arena), r = value_text(&TOP, vm->c->arena);

            UNDER = VALUE_OF_INT(str_ieq(l, r) != (k->a != 0));
            a->sp--;
            break;
        }
        case CODE_NUMBER_EQ:
            UNDER = VALUE_OF_INT((number(vm, &UNDER) == number(vm, &TOP)) != (k->a != 0));
            a->sp--;
            break;
        case CODE_DEFINED: TOP = VALUE_OF_INT((TOP.type != VALUE_NULL) != (k->a != 0)); break;
        case CODE_MATCH: TOP = VALUE_OF_INT(matches(vm, k->p, &TOP)); break;
        case CODE_MATCH_TEXT:
            if (match_text(vm, &UNDER, &TOP))
                goto give_up;
            a->sp--;
            break;
        case CODE_IS_MYSELF:
            PUSH(VALUE_OF_INT(operand_is_myself(vm->c, (enum operand)k->a)));
            break;
        case CODE_TEXT_MYSELF:
            TOP = VALUE_OF_INT(text_is_myself(value_text(&TOP, vm->c->arena)));
            break;
        case CODE_IN_NET:
            PUSH(VALUE_OF_INT(operand_in_net(vm->c, (enum operand)k->a, k->p)));
            break;
        case CODE_TRUTH: TOP = VALUE_OF_INT(number(vm, &TOP) != 0); break;
        case CODE_AND:
            if (number(vm, &TOP) == 0) {
                TOP = VALUE_OF_INT(0);
                TO(k->to - 1);
            } else {
                a->sp--;
            }
            break;
        case CODE_OR:
            if (number(vm, &TOP) != 0) {
                TOP = VALUE_OF_INT(1);
                TO(k->to - 1);
            } else {
                a->sp--;
            }
            break;
        case CODE_UNLESS_TRUE:
            if (number(vm, --a->sp) <= 0)
                TO(k->to - 1);
            break;
        case CODE_UNLESS:
            if (number(vm, --a->sp) == 0)
                TO(k->to - 1);
            break;
        case CODE_JUMP: TO(k->to - 1); break;
        case CODE_SET_RET: vm->ret = k->a; break;
        case CODE_CALL:
            call(vm, k->p);
            if (vm->ended)
                return;
            break;
        case CODE_ROUTE:
        case CODE_ROUTE_NAMED: {
            const struct block *b = k->op == CODE_ROUTE
                                        ? ((const struct route_ref *)k->p)->block
                                        : find_route(vm, value_text(--a->sp, vm->c->arena));
            bool entered = route(vm, b);

            if (vm->ended)
                return;
            if (entered) {
                a->pc++;
                a = vm->now;
                a->pc--;
            }
            break;
        }
        case CODE_ASSIGN: assign(vm, k->p, --a->sp); break;
        case CODE_LOOP: PUSH(VALUE_OF_INT(0)); break;
        case CODE_ROUND:
            if (!step(vm))
                return;
            if (TOP.i++ >= vm->f->program->loops_max) {
                log_error("script", STR_FMT ": while runs more than %lld rounds and is left",
                          STR_ARG(where(vm)), (long long)vm->f->program->loops_max);
                vm->ret = SCRIPT_FALSE;
                TO(k->to - 1);
            }
            break;
        case CODE_DISCARD: a->sp--; break;
        case CODE_SWITCH: TO(choose(vm, k->p, --a->sp) - 1); break;
        case CODE_RETURN:
            vm->ret = (int)number(vm, --a->sp);
            if (vm->ret == SCRIPT_EXIT && !vm->f->program->return_false) {
                vm->c->rc = 0;
                vm->ended = true;
                return;
            }
            /* fall through */
        case CODE_LEAVE:
            if (!leave(vm))
                return;
            a = vm->now;
            a->pc--;
            break;
        case CODE_DROP: vm->c->drop = true; /* fall through */
        case CODE_EXIT:
            vm->ret = (int)number(vm, --a->sp);
            vm->c->rc = vm->ret;
            vm->ended = true;
            return;
        case CODE_WATCH:
            for (const struct module *const *m = vm->f->program->watchers; *m; m++)
                (*m)->on_action(vm->c, k->p, k->a != 0);
            break;
        case CODE_RESULT: *result = *--a->sp; return;
        case CODE_TRAP: k = trap_spring(vm->c, k->p); goto instruction;
        case CODE_OPS:
            ASSERT(false); /* an instruction */
            break;
        }
        continue;
    give_up:
        a->sp = a->base + k->a;
        TO(k->to - 1);
    }
}

int vm_run_block(struct call *c, const struct block *b, struct value *result, bool *ended)
{
    struct vm vm = { .c = c, .f = vm_enter(c) };
    struct vm *outer = vm.f->machine;
    unsigned routes = vm.f->routes;

    vm.f->machine = &vm;
    enter_block(&vm, b);
    run(&vm, result);
    while (vm.now)
        leave_block(&vm);
    vm.f->routes = routes;
    vm.f->machine = outer;
    vm_leave(c);
    *ended = vm.ended;
    return vm.ret;
}

int vm_run(struct call *c, const struct block *b)
{
    bool ended;

    return vm_run_block(c, b, NULL, &ended);
}

err_t vm_value(struct call *c, const struct block *b, struct value *out)
{
    const char *name = c->route_name;
    bool ended;

    *out = VALUE_NONE;
    vm_run_block(c, b, out, &ended);
    c->route_name = name;
    return ERR_OK;
}
