/* volint.h - frames, and what generated decoders lean on.
 *
 * This header and volint.c are the whole runtime: C99, also C++11 and later;
 * nothing is allocated.
 *
 * protoc-gen-volrender writes a struct and two decoders for each message:
 *
 *   ..._decode_inplace(row, frame, size)  writes into the frame. Strings are
 *       counted and end in a NUL, which takes the place of a byte that is no
 *       longer needed; the last may take frame[size], which must be writable.
 *       The frame is spent afterwards: it can't be decoded again.
 *   ..._decode(row, frame, size)  leaves the frame alone. Strings are counted
 *       and do NOT end in a NUL.
 *
 * In both, strings point into the frame: they last as long as it does.
 *
 * Reading frames:
 *
 *   static unsigned char buffer[1 << 16];
 *   volint_reader r;
 *   volint_reader_fd(&r, 0, buffer, sizeof buffer);
 *   while ((status = volint_read(&r)) == VOLINT_OK) {
 *       if (volatility_render_linux_pslist_task_decode_inplace(&task, r.frame, r.size))
 *           ...a bad row; the next one may be fine
 *   }
 *   if (status != VOLINT_END)
 *       ...volint_status_text(status), r.number, r.offset
 */
#ifndef VOLINT_H
#define VOLINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What generated code may rely on. A generated file names the number that it
 * was written for, and does not compile where that lies outside of
 * VOLINT_ABI_OLDEST to VOLINT_ABI.
 */
#define VOLINT_ABI 1
#define VOLINT_ABI_OLDEST 1

#if defined(__GNUC__)
#define VOLINT_MUST_CHECK __attribute__((warn_unused_result))
#define VOLINT_INLINE static inline __attribute__((always_inline))
#define VOLINT_LIKELY(x) __builtin_expect(!!(x), 1)
#else
#define VOLINT_MUST_CHECK
#define VOLINT_INLINE static inline
#define VOLINT_LIKELY(x) (x)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- results ---- */

typedef enum volint_status {
    VOLINT_OK = 0,
    VOLINT_END,          /* no more frames */
    VOLINT_ERR_CUT,      /* a value runs over the end of its message */
    VOLINT_ERR_VARINT,   /* a variable-length number of more than 64 bits */
    VOLINT_ERR_TAG,      /* a field number or wire type that does not exist */
    VOLINT_ERR_GROUP,    /* the end of a group that was not begun */
    VOLINT_ERR_DEPTH,    /* groups nested more than VOLINT_MAX_DEPTH deep */
    VOLINT_ERR_UTF8,     /* text that is not UTF-8, where the schema asks for it */
    VOLINT_ERR_REQUIRED, /* a required field is missing */
    VOLINT_ERR_FRAME,    /* the stream ends inside a frame */
    VOLINT_ERR_LIMIT,    /* a frame longer than the limit */
    VOLINT_ERR_SPACE,    /* a frame longer than the buffer: volint_reader_grow */
    VOLINT_ERR_READ,     /* read(2) failed: volint_reader.error is the errno */
    VOLINT_ERR_UNKNOWN,  /* no command of that name */
    VOLINT_ERR_AMBIGUOUS /* two commands of that name */
} volint_status;

/* A sentence without a full stop, for people. Never NULL. */
const char *volint_status_text(volint_status status);

/* ---- values ---- */

/* Text or bytes: size bytes at data, which is never NULL. */
typedef struct volint_str {
    const char *data;
    size_t size;
} volint_str;

/* google.protobuf.Timestamp: seconds since 1970-01-01 00:00:00 UTC. */
typedef struct volint_timestamp {
    int64_t seconds;
    int32_t nanos;
} volint_timestamp;

/* Why Volatility has no value for a field. */
typedef int32_t volint_absence;
enum {
    VOLINT_ABSENCE_UNSPECIFIED = 0,    /* there is a value */
    VOLINT_ABSENCE_UNKNOWN = 1,        /* Volatility does not say why */
    VOLINT_ABSENCE_UNREADABLE = 2,     /* the memory could not be read */
    VOLINT_ABSENCE_UNPARSABLE = 3,     /* the memory made no sense */
    VOLINT_ABSENCE_NOT_APPLICABLE = 4, /* no meaning for this row */
    VOLINT_ABSENCE_NOT_AVAILABLE = 5   /* could not be had in this run */
};

/* Whether text equals a NUL-terminated string. */
VOLINT_INLINE bool volint_str_is(volint_str text, const char *other)
{
    return strlen(other) == text.size && memcmp(text.data, other, text.size) == 0;
}

/* Gives back the bytes that volint escaped in a string field: every \xhh
 * becomes that byte. Writes at most size bytes to out, which may be text itself,
 * adds no NUL, and returns how many it wrote.
 */
size_t volint_unescape(char *out, const char *text, size_t size);

/* ---- frames ---- */

/* The default of volint_reader.limit. */
#define VOLINT_FRAME_LIMIT (64u << 20)

/* Reads frames: a little-endian 32-bit length and that many bytes, repeated up
 * to the end. Set limit after initialising, if need be.
 */
typedef struct volint_reader {
    void *frame;      /* the frame, writable up to frame[size]; NULL from const memory */
    const void *data; /* the frame */
    size_t size;
    uint64_t number;  /* of the frame, from 1; after an error, of the bad one */
    uint64_t offset;  /* of the frame's start, its length, in the stream, in bytes */
    uint64_t at;      /* after an error, how far the stream was read, in bytes */
    int error;        /* the errno of VOLINT_ERR_READ */
    uint32_t limit;   /* the longest frame that is accepted */

    /* The rest is the reader's own. */
    const unsigned char *bytes;
    unsigned char *buffer;
    size_t capacity, begin, end;
    int fd;
    bool ended, held;
    unsigned char held_byte;
    uint64_t count, next_offset;
} volint_reader;

/* Reads the size bytes at memory and leaves them as they are; frame is NULL. */
void volint_reader_const(volint_reader *r, const void *memory, size_t size);

/* Reads the size bytes at memory, for decoding in place: memory[size] must be
 * writable too.
 */
void volint_reader_memory(volint_reader *r, void *memory, size_t size);

#ifndef VOLINT_NO_PROCESS
/* Reads a descriptor through the caller's buffer, which must hold the largest
 * frame and 5 bytes. It never waits for more than the frame that is asked for.
 */
void volint_reader_fd(volint_reader *r, int fd, void *buffer, size_t capacity);
#endif

/* Goes on with a larger buffer after VOLINT_ERR_SPACE, when size tells the
 * frame's length. The old buffer is no longer used.
 */
void volint_reader_grow(volint_reader *r, void *buffer, size_t capacity);

/* Moves to the next frame; the one before is gone. VOLINT_END at the end. On a
 * descriptor that does not block, VOLINT_ERR_READ with EAGAIN is not final: call
 * again when there is more.
 */
VOLINT_MUST_CHECK volint_status volint_read(volint_reader *r);

/* ---- commands ---- */

/* How a field lies in its struct. */
typedef enum volint_kind {
    VOLINT_BOOL = 1,
    VOLINT_INT32,
    VOLINT_INT64,
    VOLINT_UINT32,
    VOLINT_UINT64,
    VOLINT_FLOAT,
    VOLINT_DOUBLE,
    VOLINT_STRING,
    VOLINT_BYTES,
    VOLINT_ENUM, /* an int32_t */
    VOLINT_TIMESTAMP
} volint_kind;

/* What an integer stands for. */
typedef enum volint_meaning {
    VOLINT_PLAIN = 0,
    VOLINT_CANONICAL_ADDRESS,
    VOLINT_ADDRESS,
    VOLINT_UNIX_SECONDS,
    VOLINT_HEXADECIMAL
} volint_meaning;

/* One name of an enum; a table ends with a NULL name. */
typedef struct volint_enum_value {
    const char *name;
    int32_t number;
} volint_enum_value;

/* One field of a message. */
typedef struct volint_field {
    const char *name;
    uint32_t number;
    volint_kind kind;
    volint_meaning meaning;
    size_t offset;         /* in the struct */
    int bit;               /* of its presence, or -1 */
    bool has_absent;       /* absent_value stands for "no value" */
    uint64_t absent_value;
    const volint_enum_value *values; /* the names of an enum, or NULL */
} volint_field;

/* One command: a message, and where Volatility gets it from. A table of
 * commands ends with one whose name is NULL.
 */
typedef struct volint_command {
    const char *name;        /* "linux_pslist" */
    const char *message;     /* "volatility_render.linux_pslist_task" */
    const char *volatility2; /* the plugin; "" by the name; NULL has none */
    const char *volatility3;
    size_t row_size;         /* sizeof the struct */
    size_t has_offset;       /* of its presence bits, an array of uint32_t */
    const volint_field *fields;
    size_t field_count;
    volint_status (*decode)(void *row, const void *frame, size_t size);
    volint_status (*decode_inplace)(void *row, void *frame, size_t size);
} volint_command;

/* Finds a command by the schema's name or Volatility's: "linux_pslist",
 * "linux_pslist_task", "linux.pslist", "linux.pslist.PsList". A name that is
 * equal wins; else upper and lower case and all but letters and digits do not
 * count. Sets *found to NULL unless the result is VOLINT_OK.
 */
VOLINT_MUST_CHECK volint_status volint_find(const volint_command *commands,
                                            const char *name,
                                            const volint_command **found);

/* A field's value, for programs that treat all commands alike. */
typedef struct volint_value {
    bool present; /* false also for the number that stands for "no value" */
    volint_kind kind;
    union {
        bool boolean;
        int64_t integer;           /* VOLINT_INT32, VOLINT_INT64, VOLINT_ENUM */
        uint64_t number;           /* VOLINT_UINT32, VOLINT_UINT64 */
        double real;               /* VOLINT_FLOAT, VOLINT_DOUBLE */
        volint_str text;           /* VOLINT_STRING, VOLINT_BYTES */
        volint_timestamp time;
    } as;
} volint_value;

/* The value of command->fields[field] in row. A field without presence of its
 * own (proto3 without `optional`) is always present.
 */
volint_value volint_get(const volint_command *command, const void *row, size_t field);

/* The name of a field's enum number, or NULL. */
const char *volint_enum_name(const volint_field *field, int32_t number);

/* ---- for generated code only ---- */

/* How deep unknown groups may be nested. */
#define VOLINT_MAX_DEPTH 100

/* The names of volint_absence. */
extern const volint_enum_value volint_absence_names[];

/* Where a decoder is. After a failure it stands at the end. */
typedef struct volint_cursor {
    const unsigned char *p, *end;
    unsigned char *frame; /* in place: the start of the message */
    unsigned char *nul;   /* in place: where the last string's NUL goes */
    bool in_place;
    uint32_t tag;
    uint64_t value; /* of a variable-length number, or the length of what follows */
    volint_status status;
} volint_cursor;

/* A place in a message, or why there is none. It is returned by value so that
 * the cursor itself can stay in registers.
 */
typedef struct volint_step {
    const unsigned char *p;
    volint_status status;
} volint_step;

/* Skips a field that the message does not know; p is where volint_next left it. */
volint_step volint_skip_value(const unsigned char *p, const unsigned char *end, uint32_t tag, uint64_t value);
volint_step volint_read_timestamp(const unsigned char *p, size_t size, volint_timestamp *t);
bool volint_valid_utf8(const char *text, size_t size);
/* Reads a number near the end of its message, byte by byte. */
volint_step volint_read_varint(const unsigned char *p, const unsigned char *end, uint64_t *v);

VOLINT_INLINE bool volint_bit(const uint32_t *bits, unsigned bit)
{
    return (bits[bit / 32] >> (bit % 32) & 1) != 0;
}

VOLINT_INLINE volint_cursor volint_start_const(const void *frame, size_t size)
{
    volint_cursor c;
    c.p = (const unsigned char *)(size == 0 ? "" : frame);
    c.end = c.p + size;
    c.frame = NULL;
    c.nul = NULL;
    c.in_place = false;
    c.tag = 0;
    c.value = 0;
    c.status = VOLINT_OK;
    return c;
}

VOLINT_INLINE volint_cursor volint_start_inplace(void *frame, size_t size)
{
    volint_cursor c;
    c.frame = (unsigned char *)frame;
    c.p = c.frame;
    c.end = c.p + size;
    c.nul = c.frame + size;
    c.in_place = true;
    c.tag = 0;
    c.value = 0;
    c.status = VOLINT_OK;
    return c;
}

VOLINT_INLINE void volint_fail(volint_cursor *c, volint_status status)
{
    c->p = c->end;
    c->status = status;
}

/* Takes over a step made out of line. */
VOLINT_INLINE bool volint_take(volint_cursor *c, volint_step s)
{
    if (VOLINT_LIKELY(s.status == VOLINT_OK)) {
        c->p = s.p;
        return true;
    }
    volint_fail(c, s.status);
    return false;
}

VOLINT_INLINE uint32_t volint_load32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

VOLINT_INLINE uint64_t volint_load64(const unsigned char *p)
{
    return (uint64_t)volint_load32(p) | (uint64_t)volint_load32(p + 4) << 32;
}

/* A number of two bytes or more, of which 10 are readable. */
VOLINT_INLINE volint_step volint_wide_varint(const unsigned char *p, uint64_t *v)
{
    volint_step s;
    s.status = VOLINT_OK;
#if defined(__GNUC__)
    {
        /* Eight bytes at once: the lowest clear top bit ends the number, then the
         * groups of 7 bits close up in pairs, fours and eights. */
        uint64_t x = volint_load64(p);
        uint64_t stop = ~x & UINT64_C(0x8080808080808080);
        unsigned last;
        if (stop != 0)
            x &= stop ^ (stop - 1);
        x &= UINT64_C(0x7f7f7f7f7f7f7f7f);
        x = (x & UINT64_C(0x7f007f007f007f00)) >> 1 | (x & UINT64_C(0x007f007f007f007f));
        x = (x & UINT64_C(0x3fff00003fff0000)) >> 2 | (x & UINT64_C(0x00003fff00003fff));
        x = (x & UINT64_C(0x0fffffff00000000)) >> 4 | (x & UINT64_C(0x000000000fffffff));
        if (stop != 0) {
            *v = x;
            s.p = p + (__builtin_ctzll(stop) >> 3) + 1;
            return s;
        }
        x |= (uint64_t)(p[8] & 0x7f) << 56;
        last = p[8] < 0x80 ? 0 : p[9];
        *v = x | (uint64_t)last << 63;
        s.p = p + (p[8] < 0x80 ? 9 : 10);
        if (last > 1)
            s.status = VOLINT_ERR_VARINT;
        return s;
    }
#else
    return volint_read_varint(p, p + 10, v);
#endif
}

VOLINT_INLINE uint64_t volint_varint(volint_cursor *c)
{
    const unsigned char *p = c->p;
    uint64_t v = 0;
    if (VOLINT_LIKELY(c->end - p >= 10)) {
        if (*p < 0x80) {
            c->p = p + 1;
            return *p;
        }
        return volint_take(c, volint_wide_varint(p, &v)) ? v : 0;
    }
    return volint_take(c, volint_read_varint(p, c->end, &v)) ? v : 0;
}

/* Moves to the next field: the tag, and the number that wire types 0 and 2 begin
 * with, which is read in this one place to keep decoders small. False at the end
 * and after a failure. A string's NUL is written here: only now has the byte that
 * it replaces been read.
 */
VOLINT_INLINE bool volint_next(volint_cursor *c)
{
    const unsigned char *p = c->p;
    if (p == c->end) {
        if (c->in_place)
            *c->nul = 0;
        return false;
    }
    c->tag = *p;
    if (VOLINT_LIKELY(*p < 0x80)) {
        c->p = p + 1;
    } else {
        uint64_t tag = 0;
        if (!volint_take(c, volint_read_varint(p, c->end, &tag)))
            return false;
        if (tag > UINT32_MAX) {
            volint_fail(c, VOLINT_ERR_TAG);
            return false;
        }
        c->tag = (uint32_t)tag;
    }
    if (c->in_place)
        *c->nul = 0;
    if ((c->tag & 5) == 0) {
        c->value = volint_varint(c);
        return c->status == VOLINT_OK;
    }
    return true;
}

VOLINT_INLINE void volint_skip(volint_cursor *c)
{
    volint_take(c, volint_skip_value(c->p, c->end, c->tag, c->value));
}

VOLINT_INLINE bool volint_bool(volint_cursor *c) { return c->value != 0; }
VOLINT_INLINE uint64_t volint_uint64(volint_cursor *c) { return c->value; }
VOLINT_INLINE uint32_t volint_uint32(volint_cursor *c) { return (uint32_t)c->value; }

/* Two's complement, without a conversion that C leaves to the compiler. */
VOLINT_INLINE int64_t volint_signed64(uint64_t u)
{
    int64_t i;
    memcpy(&i, &u, sizeof i);
    return i;
}

VOLINT_INLINE int32_t volint_signed32(uint32_t u)
{
    int32_t i;
    memcpy(&i, &u, sizeof i);
    return i;
}

VOLINT_INLINE int64_t volint_int64(volint_cursor *c) { return volint_signed64(c->value); }
VOLINT_INLINE int32_t volint_int32(volint_cursor *c) { return volint_signed32((uint32_t)c->value); }

VOLINT_INLINE int64_t volint_sint64(volint_cursor *c)
{
    uint64_t u = c->value;
    return volint_signed64(u >> 1 ^ (0 - (u & 1)));
}

VOLINT_INLINE int32_t volint_sint32(volint_cursor *c)
{
    uint32_t u = (uint32_t)c->value;
    return volint_signed32(u >> 1 ^ (0 - (u & 1)));
}

VOLINT_INLINE uint32_t volint_fixed32(volint_cursor *c)
{
    const unsigned char *p = c->p;
    if (c->end - p < 4) {
        volint_fail(c, VOLINT_ERR_CUT);
        return 0;
    }
    c->p = p + 4;
    return volint_load32(p);
}

VOLINT_INLINE uint64_t volint_fixed64(volint_cursor *c)
{
    const unsigned char *p = c->p;
    if (c->end - p < 8) {
        volint_fail(c, VOLINT_ERR_CUT);
        return 0;
    }
    c->p = p + 8;
    return volint_load64(p);
}

VOLINT_INLINE int32_t volint_sfixed32(volint_cursor *c) { return volint_signed32(volint_fixed32(c)); }
VOLINT_INLINE int64_t volint_sfixed64(volint_cursor *c) { return volint_signed64(volint_fixed64(c)); }

VOLINT_INLINE float volint_float(volint_cursor *c)
{
    uint32_t u = volint_fixed32(c);
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

VOLINT_INLINE double volint_double(volint_cursor *c)
{
    uint64_t u = volint_fixed64(c);
    double d;
    memcpy(&d, &u, sizeof d);
    return d;
}

VOLINT_INLINE volint_str volint_empty(void)
{
    volint_str s;
    s.data = "";
    s.size = 0;
    return s;
}

VOLINT_INLINE volint_str volint_bytes(volint_cursor *c)
{
    volint_str s;
    if (c->value > (size_t)(c->end - c->p)) {
        volint_fail(c, VOLINT_ERR_CUT);
        return volint_empty();
    }
    s.data = (const char *)c->p;
    s.size = (size_t)c->value;
    c->p += s.size;
    if (c->in_place)
        c->nul = c->frame + (c->p - c->frame);
    return s;
}

VOLINT_INLINE volint_str volint_utf8(volint_cursor *c)
{
    volint_str s = volint_bytes(c);
    if (!volint_valid_utf8(s.data, s.size))
        volint_fail(c, VOLINT_ERR_UTF8);
    return s;
}

/* Adds to *t, as a message that comes twice is merged. */
VOLINT_INLINE void volint_timestamp_field(volint_cursor *c, volint_timestamp *t)
{
    volint_step s;
    if (c->value > (size_t)(c->end - c->p)) {
        volint_fail(c, VOLINT_ERR_CUT);
        return;
    }
    s = volint_read_timestamp(c->p, (size_t)c->value, t);
    volint_take(c, s);
}

#ifdef __cplusplus
}
#endif

#endif
