/* SPDX-License-Identifier: ISC */
/*
 * The least run-time library of C++: throws, and catches by a thrown object's
 * own type. A test links it with a program of a C++ compiler's. The interface:
 * Itanium C++ ABI, "Exception Handling"; tables: its "Exception Handling
 * Tables", as compilers write them (DWARF's encodings, LSB Core 10.5).
 */
#include "guest.h"
#include "guest_libc.h"

enum {
    SEARCH_PHASE = 1,
    HANDLER_FRAME = 4
}; /* of `actions` */
enum {
    HANDLER_FOUND = 6,
    INSTALL_CONTEXT = 7,
    CONTINUE_UNWIND = 8
};
enum {
    OMITTED = 0xff,
    RELATIVE = 0x10,
    INDIRECT = 0x80
};

struct _Unwind_Context;
struct _Unwind_Exception {
    uint64_t exception_class;
    void (*cleanup)(int reason, struct _Unwind_Exception *);
    uint64_t own[2];
} __attribute__((aligned(16)));

int _Unwind_RaiseException(struct _Unwind_Exception *);
void _Unwind_Resume(struct _Unwind_Exception *);
uintptr_t _Unwind_GetIP(struct _Unwind_Context *);
uintptr_t _Unwind_GetRegionStart(struct _Unwind_Context *);
void *_Unwind_GetLanguageSpecificData(struct _Unwind_Context *);
void _Unwind_SetGR(struct _Unwind_Context *, int number, uintptr_t value);
void _Unwind_SetIP(struct _Unwind_Context *, uintptr_t value);
void __register_frame(void *table);

/* The linker script's. */
extern char __eh_frame_start[];

/* A thrown object's bytes are behind it. */
struct thrown {
    const void *type;
    struct _Unwind_Exception exception;
};

void cxx_start(void);
void *__cxa_allocate_exception(size_t size);
void __cxa_throw(void *object, const void *type, void (*destroy)(void *));
void *__cxa_begin_catch(struct _Unwind_Exception *exception);
void __cxa_end_catch(void);
void _ZSt9terminatev(void);
int __gxx_personality_v0(int version, int actions, uint64_t class,
                         struct _Unwind_Exception *exception,
                         struct _Unwind_Context *context);

/* What a class' type information begins with: the address of its functions,
 * which nobody calls here. */
extern const void *_ZTVN10__cxxabiv117__class_type_infoE[8];
const void *_ZTVN10__cxxabiv117__class_type_infoE[8];

void cxx_start(void)
{
    __register_frame(__eh_frame_start);
}

void *__cxa_allocate_exception(size_t size)
{
    struct thrown *thrown = malloc(sizeof *thrown + size);

    CHECK(thrown != NULL);
    memset(thrown, 0, sizeof *thrown);
    return thrown + 1;
}

void __cxa_throw(void *object, const void *type, void (*destroy)(void *))
{
    struct thrown *thrown = (struct thrown *)object - 1;

    (void)destroy;
    thrown->type = type;
    _Unwind_RaiseException(&thrown->exception);
    solo5_abort(); /* nobody catches it */
}

void *__cxa_begin_catch(struct _Unwind_Exception *exception)
{
    return exception + 1;
}

void __cxa_end_catch(void)
{
}

void _ZSt9terminatev(void)
{
    solo5_abort();
}

/* Reads a number of 7 bits a byte (LEB128), with a sign or without. */
static int64_t leb_read(const uint8_t **at, bool is_signed)
{
    uint64_t value = 0;
    unsigned shift = 0;
    uint8_t byte;

    do {
        byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while (byte & 0x80);
    if (is_signed && (byte & 0x40) && shift < 64)
        value |= ~UINT64_C(0) << shift;
    return (int64_t)value;
}

static unsigned encoded_size(uint8_t encoding)
{
    switch (encoding & 7) {
    case 3:
        return 4;
    case 0:
    case 4:
        return 8;
    default:
        CHECK(!"a known encoding");
        return 0;
    }
}

static uintptr_t encoded_read(const uint8_t **at, uint8_t encoding)
{
    const uint8_t *start = *at;
    uintptr_t value;

    if ((encoding & 0x0f) == 1)
        return (uintptr_t)leb_read(at, false);
    if (encoded_size(encoding) == 4) {
        int32_t half;

        memcpy(&half, start, sizeof half);
        value = encoding & 8 ? (uintptr_t)half : (uint32_t)half;
    } else {
        memcpy(&value, start, sizeof value);
    }
    *at += encoded_size(encoding);
    if (value == 0)
        return 0;
    if (encoding & RELATIVE)
        value += (uintptr_t)start;
    if (encoding & INDIRECT)
        memcpy(&value, (const void *)value, sizeof value);
    return value;
}

/* Where control goes from an address of a function; 0: on with its caller. */
struct landing {
    uintptr_t pad;
    const uint8_t *action; /* NULL: only cleans up */
    const uint8_t *types;
    uint8_t type_encoding;
};

static struct landing landing_find(struct _Unwind_Context *context)
{
    const uint8_t *at = _Unwind_GetLanguageSpecificData(context), *actions;
    const uintptr_t start = _Unwind_GetRegionStart(context);
    const uintptr_t ip = _Unwind_GetIP(context) - 1 - start;
    struct landing landing = {0};
    uint8_t encoding;

    if (at == NULL)
        return landing;
    CHECK(*at++ == OMITTED);
    landing.type_encoding = *at++;
    if (landing.type_encoding != OMITTED) {
        const uint64_t to_types = (uint64_t)leb_read(&at, false);

        landing.types = at + to_types;
    }
    encoding = *at++;
    actions = (const uint8_t *)(uintptr_t)leb_read(&at, false);
    actions = at + (uintptr_t)actions;
    while (at < actions) {
        const uintptr_t from = encoded_read(&at, encoding);
        const uintptr_t size = encoded_read(&at, encoding);
        const uintptr_t pad = encoded_read(&at, encoding);
        const uint64_t action = (uint64_t)leb_read(&at, false);

        if (ip < from || ip - from >= size || pad == 0)
            continue;
        landing.pad = start + pad;
        landing.action = action == 0 ? NULL : actions + action - 1;
    }
    return landing;
}

/* Returns the number of what catches an object of TYPE there; 0: nothing. Says
 * whether something is cleaned up there, if nothing catches it. */
static int64_t handler_find(const struct landing *landing, const void *type,
                            bool *cleans)
{
    const uint8_t *at = landing->action;

    *cleans = at == NULL;
    while (at != NULL) {
        const int64_t filter = leb_read(&at, true);
        const uint8_t *here = at;
        const int64_t next = leb_read(&at, true);

        if (filter == 0)
            *cleans = true;
        if (filter > 0) {
            const uint8_t *entry =
                landing->types -
                filter * (int64_t)encoded_size(landing->type_encoding);
            const uintptr_t caught =
                encoded_read(&entry, landing->type_encoding);

            if (caught == 0 || caught == (uintptr_t)type)
                return filter;
        }
        at = next == 0 ? NULL : here + next;
    }
    return 0;
}

int __gxx_personality_v0(int version, int actions, uint64_t class,
                         struct _Unwind_Exception *exception,
                         struct _Unwind_Context *context)
{
    const struct thrown *thrown =
        (const void *)((const char *)exception -
                       offsetof(struct thrown, exception));
    const struct landing landing = landing_find(context);
    bool cleans;
    const int64_t filter = handler_find(&landing, thrown->type, &cleans);

    (void)class;
    CHECK(version == 1);
    if (landing.pad == 0)
        return CONTINUE_UNWIND;
    if (actions & SEARCH_PHASE)
        return filter > 0 ? HANDLER_FOUND : CONTINUE_UNWIND;
    /* A place that only catches does not ask again what it got. */
    if (!(actions & HANDLER_FRAME) && !cleans)
        return CONTINUE_UNWIND;
    _Unwind_SetGR(context, __builtin_eh_return_data_regno(0),
                  (uintptr_t)exception);
    _Unwind_SetGR(context, __builtin_eh_return_data_regno(1),
                  actions & HANDLER_FRAME ? (uintptr_t)filter : 0);
    _Unwind_SetIP(context, landing.pad);
    return INSTALL_CONTEXT;
}
