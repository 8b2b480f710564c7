/* volint.c - the runtime of volint.h and volatility_interface.h, whole.
 *
 * Define VOLINT_NO_PROCESS where there is no POSIX: the decoders and the readers
 * of memory remain; volint_reader_fd and the vol_ functions are left out.
 */
#if !defined(VOLINT_NO_PROCESS) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* pipe2, which makes a descriptor no other thread's child inherits */
#endif

#include "volint.h"

/* ---- results ---- */

const char *volint_status_text(volint_status status)
{
    switch (status) {
    case VOLINT_OK: return "no error";
    case VOLINT_END: return "no more frames";
    case VOLINT_ERR_CUT: return "a value runs over the end of its message";
    case VOLINT_ERR_VARINT: return "a number has more than 64 bits";
    case VOLINT_ERR_TAG: return "a field number or wire type does not exist";
    case VOLINT_ERR_GROUP: return "the end of a group that was not begun";
    case VOLINT_ERR_DEPTH: return "groups are nested too deep";
    case VOLINT_ERR_UTF8: return "a string is not UTF-8";
    case VOLINT_ERR_REQUIRED: return "a required field is missing";
    case VOLINT_ERR_FRAME: return "the stream ends inside a frame";
    case VOLINT_ERR_LIMIT: return "a frame is longer than the limit";
    case VOLINT_ERR_SPACE: return "a frame is longer than the buffer";
    case VOLINT_ERR_READ: return "reading failed";
    case VOLINT_ERR_UNKNOWN: return "there is no command of that name";
    case VOLINT_ERR_AMBIGUOUS: return "more than one command has that name";
    }
    return "unknown status";
}

/* ---- the wire, out of line ---- */

static volint_step step_to(const unsigned char *p)
{
    volint_step s;
    s.p = p;
    s.status = VOLINT_OK;
    return s;
}

static volint_step step_error(volint_status status)
{
    volint_step s;
    s.p = NULL;
    s.status = status;
    return s;
}

volint_step volint_read_varint(const unsigned char *p, const unsigned char *end, uint64_t *v)
{
    uint64_t x = 0;
    unsigned shift;
    for (shift = 0; p != end; shift += 7) {
        unsigned char byte = *p++;
        if (shift == 63 && byte > 1)
            return step_error(VOLINT_ERR_VARINT);
        x |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *v = x;
            return step_to(p);
        }
    }
    return step_error(VOLINT_ERR_CUT);
}

static volint_step skip_bytes(const unsigned char *p, const unsigned char *end, uint64_t size)
{
    if (size > (size_t)(end - p))
        return step_error(VOLINT_ERR_CUT);
    return step_to(p + size);
}

/* Skips what follows a tag; groups are its caller's. */
static volint_step skip_plain(const unsigned char *p, const unsigned char *end, uint32_t tag)
{
    uint64_t v = 0;
    volint_step s;
    switch (tag & 7) {
    case 0:
        return volint_read_varint(p, end, &v);
    case 1:
        return skip_bytes(p, end, 8);
    case 2:
        s = volint_read_varint(p, end, &v);
        return s.status == VOLINT_OK ? skip_bytes(s.p, end, v) : s;
    case 5:
        return skip_bytes(p, end, 4);
    default:
        return step_error(VOLINT_ERR_TAG);
    }
}

/* Skips the value of a field that the message does not know. A group is skipped
 * with a stack of its own, so that no input makes the program's stack grow.
 */
volint_step volint_skip_value(const unsigned char *p, const unsigned char *end, uint32_t tag)
{
    uint32_t open[VOLINT_MAX_DEPTH];
    size_t depth = 0;
    for (;;) {
        volint_step s = step_to(p);
        uint64_t next = 0;
        if (tag >> 3 == 0)
            return step_error(VOLINT_ERR_TAG);
        if ((tag & 7) == 3) {
            if (depth == VOLINT_MAX_DEPTH)
                return step_error(VOLINT_ERR_DEPTH);
            open[depth++] = tag >> 3;
        } else if ((tag & 7) == 4) {
            if (depth == 0 || open[--depth] != tag >> 3)
                return step_error(VOLINT_ERR_GROUP);
        } else {
            s = skip_plain(p, end, tag);
        }
        if (s.status != VOLINT_OK || depth == 0)
            return s;
        s = volint_read_varint(s.p, end, &next);
        if (s.status != VOLINT_OK)
            return s;
        if (next > UINT32_MAX)
            return step_error(VOLINT_ERR_TAG);
        p = s.p;
        tag = (uint32_t)next;
    }
}

volint_step volint_read_timestamp(const unsigned char *p, size_t size, volint_timestamp *t)
{
    volint_cursor c = volint_start_const(p, size);
    while (volint_next(&c)) {
        switch (c.tag) {
        case 8: t->seconds = volint_int64(&c); break;
        case 16: t->nanos = volint_int32(&c); break;
        default: volint_skip(&c);
        }
    }
    return c.status == VOLINT_OK ? step_to(p + size) : step_error(c.status);
}

/* The bytes after the first of a UTF-8 sequence: how many there are, and the
 * range of the first of them, which rules out long forms, surrogates and numbers
 * above 10FFFF. False for a byte that begins nothing.
 */
static bool utf8_rest(unsigned char first, size_t *rest, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (first < 0xc2 || first > 0xf4)
        return false;
    *rest = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first == 0xe0)
        *low = 0xa0;
    else if (first == 0xed)
        *high = 0x9f;
    else if (first == 0xf0)
        *low = 0x90;
    else if (first == 0xf4)
        *high = 0x8f;
    return true;
}

bool volint_valid_utf8(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    const unsigned char *end = p + size;
    while (p != end) {
        unsigned char low, high;
        size_t rest, i;
        if (end - p >= 8 && (volint_load64(p) & UINT64_C(0x8080808080808080)) == 0) {
            p += 8;
            continue;
        }
        if (*p < 0x80) {
            p++;
            continue;
        }
        if (!utf8_rest(*p, &rest, &low, &high) || (size_t)(end - p) <= rest)
            return false;
        if (p[1] < low || p[1] > high)
            return false;
        for (i = 2; i <= rest; i++)
            if ((p[i] & 0xc0) != 0x80)
                return false;
        p += rest + 1;
    }
    return true;
}

/* ---- values ---- */

/* A lower-case hexadecimal digit, or -1. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

size_t volint_unescape(char *out, const char *text, size_t size)
{
    size_t from = 0, to = 0;
    while (from < size) {
        if (size - from >= 4 && text[from] == '\\' && text[from + 1] == 'x' &&
            hex_digit(text[from + 2]) >= 0 && hex_digit(text[from + 3]) >= 0) {
            unsigned char byte = (unsigned char)(hex_digit(text[from + 2]) * 16 + hex_digit(text[from + 3]));
            memcpy(out + to++, &byte, 1);
            from += 4;
        } else {
            out[to++] = text[from++];
        }
    }
    return to;
}

/* Copies a member out of a struct whose type is known by the table alone. */
#define MEMBER(type, into) \
    do { \
        type member; \
        memcpy(&member, at, sizeof member); \
        (into) = member; \
    } while (0)

static uint64_t load_member(const volint_field *f, const char *at, volint_value *v)
{
    switch (f->kind) {
    case VOLINT_BOOL: MEMBER(bool, v->as.boolean); return v->as.boolean;
    case VOLINT_ENUM:
    case VOLINT_INT32: MEMBER(int32_t, v->as.integer); return (uint64_t)v->as.integer;
    case VOLINT_INT64: MEMBER(int64_t, v->as.integer); return (uint64_t)v->as.integer;
    case VOLINT_UINT32: MEMBER(uint32_t, v->as.number); return v->as.number;
    case VOLINT_UINT64: MEMBER(uint64_t, v->as.number); return v->as.number;
    case VOLINT_FLOAT: MEMBER(float, v->as.real); return 0;
    case VOLINT_DOUBLE: MEMBER(double, v->as.real); return 0;
    case VOLINT_STRING:
    case VOLINT_BYTES: MEMBER(volint_str, v->as.text); return 0;
    case VOLINT_TIMESTAMP: MEMBER(volint_timestamp, v->as.time); return 0;
    }
    return 0;
}

volint_value volint_get(const volint_command *command, const void *row, size_t field)
{
    const volint_field *f = &command->fields[field];
    const char *start = (const char *)row;
    volint_value v;
    uint64_t number;
    memset(&v, 0, sizeof v);
    v.kind = f->kind;
    v.present = true;
    if (f->bit >= 0) {
        uint32_t bits;
        memcpy(&bits, start + command->has_offset + (size_t)f->bit / 32 * sizeof bits, sizeof bits);
        v.present = (bits >> (f->bit % 32) & 1) != 0;
    }
    number = load_member(f, start + f->offset, &v);
    if (f->has_absent && number == f->absent_value)
        v.present = false;
    return v;
}

const char *volint_enum_name(const volint_field *field, int32_t number)
{
    const volint_enum_value *v = field->values;
    for (; v != NULL && v->name != NULL; v++)
        if (v->number == number)
            return v->name;
    return NULL;
}

/* ---- commands ---- */

/* The next letter or digit of a name in lower case, or 0 at its end. */
static int fold_next(const char **p, const char *end)
{
    for (; *p != end; ++*p) {
        char c = **p;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            ++*p;
            return c;
        }
    }
    return 0;
}

static bool fold_equal(const char *a, size_t a_size, const char *b)
{
    const char *a_end = a + a_size, *b_end = b + strlen(b);
    int x, y;
    do {
        x = fold_next(&a, a_end);
        y = fold_next(&b, b_end);
    } while (x == y && x != 0);
    return x == y;
}

/* The length of a name less its last word, where words end at a full stop, an
 * underscore or before a capital; 0 for a single word.
 */
static size_t less_last_word(const char *name)
{
    size_t i = strlen(name);
    while (i-- > 1) {
        if (name[i] == '_' || name[i] == '.')
            return i;
        if (name[i] >= 'A' && name[i] <= 'Z' && name[i - 1] >= 'a' && name[i - 1] <= 'z')
            return i;
    }
    return 0;
}

static const char *own_name(const char *full)
{
    const char *dot = strrchr(full, '.');
    return dot == NULL ? full : dot + 1;
}

static bool named_in_full(const volint_command *c, const char *name)
{
    return fold_equal(c->name, strlen(c->name), name) ||
           fold_equal(c->message, strlen(c->message), name) ||
           fold_equal(own_name(c->message), strlen(own_name(c->message)), name) ||
           (c->volatility2 != NULL && fold_equal(c->volatility2, strlen(c->volatility2), name)) ||
           (c->volatility3 != NULL && fold_equal(c->volatility3, strlen(c->volatility3), name));
}

static bool named_in_short(const volint_command *c, const char *name)
{
    const char *own = own_name(c->message);
    const char *dot = c->volatility3 == NULL ? NULL : strrchr(c->volatility3, '.');
    return fold_equal(own, less_last_word(own), name) ||
           (dot != NULL && fold_equal(c->volatility3, (size_t)(dot - c->volatility3), name));
}

static volint_status find_by(const volint_command *c, const char *name,
                             bool (*named)(const volint_command *, const char *),
                             const volint_command **found)
{
    *found = NULL;
    for (; c->name != NULL; c++) {
        if (!named(c, name))
            continue;
        if (*found != NULL) {
            *found = NULL;
            return VOLINT_ERR_AMBIGUOUS;
        }
        *found = c;
    }
    return *found == NULL ? VOLINT_ERR_UNKNOWN : VOLINT_OK;
}

volint_status volint_find(const volint_command *commands, const char *name, const volint_command **found)
{
    const char *p = name;
    volint_status status;
    *found = NULL;
    if (fold_next(&p, name + strlen(name)) == 0)
        return VOLINT_ERR_UNKNOWN;
    status = find_by(commands, name, named_in_full, found);
    return status == VOLINT_ERR_UNKNOWN ? find_by(commands, name, named_in_short, found) : status;
}

/* ---- frames ---- */

#ifndef VOLINT_NO_PROCESS
#if !defined(__unix__) && !defined(__APPLE__)
#error "volint.c needs POSIX to start volint: define VOLINT_NO_PROCESS to build the decoders alone"
#endif
#include <errno.h>
#include <unistd.h>
#endif

static void reader_start(volint_reader *r)
{
    memset(r, 0, sizeof *r);
    r->fd = -1;
    r->limit = VOLINT_FRAME_LIMIT;
}

void volint_reader_const(volint_reader *r, const void *memory, size_t size)
{
    reader_start(r);
    r->bytes = (const unsigned char *)(size == 0 ? "" : memory);
    r->end = r->capacity = size;
    r->ended = true;
}

void volint_reader_memory(volint_reader *r, void *memory, size_t size)
{
    volint_reader_const(r, memory, size);
    r->buffer = (unsigned char *)memory;
    /* The caller promises the byte after the last frame. */
    r->capacity = size + 1;
}

#ifndef VOLINT_NO_PROCESS
void volint_reader_fd(volint_reader *r, int fd, void *buffer, size_t capacity)
{
    reader_start(r);
    r->fd = fd;
    r->buffer = (unsigned char *)buffer;
    r->bytes = r->buffer;
    r->capacity = capacity;
}
#endif

void volint_reader_grow(volint_reader *r, void *buffer, size_t capacity)
{
    r->end -= r->begin;
    memmove(buffer, r->bytes + r->begin, r->end);
    r->begin = 0;
    r->buffer = (unsigned char *)buffer;
    r->bytes = r->buffer;
    r->capacity = capacity;
}

/* Reads once, as much as there is and fits. */
static volint_status reader_fill(volint_reader *r)
{
#ifndef VOLINT_NO_PROCESS
    if (!r->ended) {
        ssize_t n;
        do
            n = read(r->fd, r->buffer + r->end, r->capacity - r->end);
        while (n < 0 && errno == EINTR);
        if (n < 0) {
            r->error = errno;
            return VOLINT_ERR_READ;
        }
        r->end += (size_t)n;
        r->ended = n == 0;
    }
#endif
    return r->ended ? VOLINT_END : VOLINT_OK;
}

/* Makes the next size bytes of the stream available, and room for one more. */
static volint_status reader_need(volint_reader *r, uint64_t size)
{
    if (r->buffer != NULL && size >= r->capacity - r->begin) {
        if (r->fd < 0)
            return VOLINT_END;
        if (size >= r->capacity) {
            r->size = (size_t)size - 4;
            return VOLINT_ERR_SPACE;
        }
        volint_reader_grow(r, r->buffer, r->capacity);
    }
    while (r->end - r->begin < size) {
        volint_status status = reader_fill(r);
        if (status != VOLINT_OK)
            return status;
    }
    return VOLINT_OK;
}

static volint_status reader_next(volint_reader *r)
{
    uint32_t size;
    volint_status status = reader_need(r, 4);
    if (status != VOLINT_OK) {
        bool whole = status == VOLINT_END && r->begin == r->end;
        return status == VOLINT_END && !whole ? VOLINT_ERR_FRAME : status;
    }
    size = volint_load32(r->bytes + r->begin);
    if (size > r->limit) {
        r->size = size;
        return VOLINT_ERR_LIMIT;
    }
    status = reader_need(r, (uint64_t)size + 4);
    if (status != VOLINT_OK)
        return status == VOLINT_END ? VOLINT_ERR_FRAME : status;
    r->begin += 4;
    r->data = r->bytes + r->begin;
    r->frame = r->buffer == NULL ? NULL : r->buffer + r->begin;
    r->size = size;
    r->begin += size;
    return VOLINT_OK;
}

volint_status volint_read(volint_reader *r)
{
    volint_status status;
    /* The byte after the last frame may be the next frame's length: decoding in
     * place has put a NUL there. */
    if (r->held)
        r->buffer[r->begin] = r->held_byte;
    r->held = false;
    r->frame = NULL;
    r->data = NULL;
    r->size = 0;
    r->offset = r->next_offset;
    r->number = r->count + 1;
    status = reader_next(r);
    if (status == VOLINT_END)
        r->number = r->count;
    if (status != VOLINT_OK)
        return status;
    r->count++;
    r->next_offset += (uint64_t)r->size + 4;
    if (r->buffer != NULL && r->begin < r->end) {
        r->held = true;
        r->held_byte = r->buffer[r->begin];
    }
    return VOLINT_OK;
}
