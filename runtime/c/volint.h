/* volint.h - frames, and what generated code leans on.
 *
 * This header and volint.c are the whole runtime: C99, also C++11 and later;
 * nothing is allocated.
 *
 * protoc-gen-volrender writes a struct for each message, and for it:
 *
 *   ..._decode_inplace(row, frame, size)  writes into the frame. Strings are
 *       counted and end in a NUL, which takes the place of a byte that is no
 *       longer needed; the last may take frame[size], which must be writable.
 *       The frame is spent afterwards: it can't be decoded again.
 *   ..._decode(row, frame, size)  leaves the frame alone. Strings are counted
 *       and do NOT end in a NUL.
 *   ..._encode(row, buffer, capacity, &size)  writes the row, ..._encode_frame
 *       its length before it.
 *
 * In both ways to decode, strings point into the frame: they last as long as it
 * does. A message with repeated fields, maps or messages in it takes one more
 * parameter, the memory that these are put into: see volint_arena.
 *
 * A member is what its field is:
 *
 *   a number, text, ...     the value; the schema's default where it is not set.
 *                           ..._has_FIELD tells, ..._set_FIELD sets it
 *   a message               const MESSAGE *; NULL where it is not set
 *   repeated                .items and .count; messages lie there one by one
 *   map                     .items and .count, each item a .key and a .value, in
 *                           the keys' ascending order. A message's value is
 *                           never NULL
 *   oneof                   a member for each of its fields, of which one at most
 *                           is set; ..._which_ONEOF is that one's number, or 0.
 *                           ..._set_FIELD unsets the others
 *
 * and .unknown counts the fields of the row, and of what it holds, that this
 * schema does not know.
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
#define VOLINT_ABI 3
#define VOLINT_ABI_OLDEST 2

/* Define VOLINT_SMALL to have generated code made of tables alone, which volint.c
 * reads: a fraction of the size, and several times slower. It is a choice of each
 * generated file; the compilers' -Os makes it, unless VOLINT_FAST is defined.
 */
#if !defined(VOLINT_SMALL) && !defined(VOLINT_FAST) && defined(__OPTIMIZE_SIZE__)
#define VOLINT_SMALL 1
#endif

/* A message's own reader and writer, in its table. */
#ifdef VOLINT_SMALL
#define VOLINT_OWN(function) NULL
#else
#define VOLINT_OWN(function) function
#endif

/* What compilers have beyond the standard. VOLINT_PORTABLE does without, as other
 * compilers have to. */
#if defined(__GNUC__) && !defined(VOLINT_PORTABLE)
#define VOLINT_GNU 1
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
    VOLINT_ERR_DEPTH,    /* messages nested more than VOLINT_MAX_DEPTH deep */
    VOLINT_ERR_UTF8,     /* text that is not UTF-8, where the schema asks for it */
    VOLINT_ERR_REQUIRED, /* a required field is missing */
    VOLINT_ERR_FRAME,    /* the stream ends inside a frame */
    VOLINT_ERR_LIMIT,    /* a frame longer than the limit */
    VOLINT_ERR_SPACE,    /* a frame longer than the buffer: volint_reader_grow */
    VOLINT_ERR_ARENA,    /* the arena is too small: volint_arena.needed */
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

/* A NUL-terminated string as text, which stays where it is. */
VOLINT_INLINE volint_str volint_text(const char *string)
{
    volint_str s;
    s.data = string;
    s.size = strlen(string);
    return s;
}

/* Gives back the bytes that volint escaped in a string field: every \xhh
 * becomes that byte. Writes at most size bytes to out, which may be text itself,
 * adds no NUL, and returns how many it wrote.
 */
size_t volint_unescape(char *out, const char *text, size_t size);

/* ---- memory for nested data ---- */

/* Memory of the caller's that decoding puts lists, maps and nested messages into,
 * one after the other; nothing is ever freed but all at once. What a row holds
 * there lasts until the arena is reset or its memory gone; several rows may share
 * an arena. A row that is no good leaves nothing there.
 *
 *   static unsigned char memory[1 << 16];
 *   volint_arena arena;
 *   volint_arena_init(&arena, memory, sizeof memory);
 *   while ((status = volint_read(&r)) == VOLINT_OK) {
 *       volint_arena_reset(&arena);
 *       status = ..._decode_inplace(&row, r.frame, r.size, &arena);
 *
 * A frame needs a multiple of its size: a nested message that takes 2 bytes there
 * takes its whole struct here.
 */
typedef struct volint_arena {
    /* After VOLINT_ERR_ARENA: the size that would have been enough to come one
     * step further. Twice that is a good try; the frame must be whole again. */
    size_t needed;

    /* The rest is the arena's own. */
    unsigned char *memory;
    size_t size, used;
} volint_arena;

/* Takes size bytes at memory, which may have any alignment. */
void volint_arena_init(volint_arena *arena, void *memory, size_t size);

/* Forgets all that is in it, to be used again. */
void volint_arena_reset(volint_arena *arena);

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

/* ---- messages and commands ---- */

/* What a value is. */
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
    VOLINT_TIMESTAMP,
    VOLINT_MESSAGE, /* a row in a row */
    VOLINT_LIST,    /* of a volint_value alone: a field has the kind of its items */
    VOLINT_MAP      /* likewise, the kind of the map's values */
} volint_kind;

/* What an integer stands for. */
typedef enum volint_meaning {
    VOLINT_PLAIN = 0,
    VOLINT_CANONICAL_ADDRESS,
    VOLINT_ADDRESS,
    VOLINT_UNIX_SECONDS,
    VOLINT_HEXADECIMAL
} volint_meaning;

/* How many values a field has. */
typedef enum volint_label {
    VOLINT_SINGULAR = 0,
    VOLINT_REPEATED,
    VOLINT_MAPPED
} volint_label;

/* How a value stands on the wire. */
typedef enum volint_coding {
    VOLINT_AS_BOOL = 1,
    VOLINT_AS_32, /* a varint, of which 32 bits count */
    VOLINT_AS_64,
    VOLINT_AS_ZIGZAG32,
    VOLINT_AS_ZIGZAG64,
    VOLINT_AS_FIXED32,
    VOLINT_AS_FIXED64,
    VOLINT_AS_BYTES,
    VOLINT_AS_UTF8,    /* bytes that have to be UTF-8 */
    VOLINT_AS_MESSAGE, /* behind its length */
    VOLINT_AS_GROUP    /* between two tags */
} volint_coding;

/* One name of an enum; a table ends with a NULL name. */
typedef struct volint_enum_value {
    const char *name;
    int32_t number;
} volint_enum_value;

struct volint_message;
struct volint_decoder;
struct volint_encoder;

/* One field of a message. */
typedef struct volint_field {
    const char *name;
    uint32_t number;
    uint32_t offset;    /* in the struct */
    volint_kind kind;   /* of each value */
    volint_label label;
    volint_meaning meaning;
    int16_t bit;        /* of its presence, or -1 */
    int16_t oneof;      /* counted from 1; 0 outside of any */
    uint8_t coding;     /* a volint_coding */
    uint8_t rules;      /* VOLINT_RULE_... */
    uint64_t absent_value;                 /* stands for "no value" by VOLINT_RULE_ABSENT */
    const volint_enum_value *values;       /* the names of an enum, or NULL */
    const struct volint_message *message;  /* of a message, or a map's entry; or NULL */
} volint_field;

enum {
    VOLINT_RULE_PACKED = 1,   /* written as one piece */
    VOLINT_RULE_REQUIRED = 2,
    VOLINT_RULE_ABSENT = 4
};

/* One message. */
typedef struct volint_message {
    const char *name; /* "volatility_render.linux_pslist_task" */
    size_t size;      /* sizeof the struct */
    uint32_t has_offset;     /* of its presence bits, an array of uint32_t */
    uint32_t unknown_offset; /* of its count of unknown fields; 0 has none */
    const volint_field *fields;
    size_t field_count;
    const uint16_t *order; /* the fields by number, or NULL where they are in order */
    const void *none;      /* a struct without any value */
    unsigned parts;        /* VOLINT_HAS_... */
    /* Reads the fields between two places; NULL leaves that to volint.c. */
    bool (*read)(void *row, struct volint_decoder *d, const unsigned char *p, const unsigned char *end);
    /* Writes a row in front of p and returns where it begins; NULL likewise. */
    unsigned char *(*write)(const void *row, struct volint_encoder *e, unsigned char *p);
} volint_message;

enum {
    VOLINT_HAS_MAPS = 1,    /* some field is a map */
    VOLINT_HAS_REQUIRED = 2 /* some field is required */
};

/* One command: a message, and where Volatility gets it from. A table of
 * commands ends with one whose name is NULL.
 */
typedef struct volint_command {
    const char *name;        /* "linux_pslist" */
    const char *volatility2; /* the plugin; "" by the name; NULL has none */
    const char *volatility3;
    const volint_message *message;
    /* Other names of the plugin, in either version, ended by NULL; or NULL. */
    const char *const *aliases;
} volint_command;

/* Finds a command by the schema's name or Volatility's: "linux_pslist",
 * "linux_pslist_task", "linux.pslist", "linux.pslist.PsList". A name that is
 * equal wins; else upper and lower case and all but letters and digits do not
 * count. Of several commands for one plugin, the plugin's name finds the one that
 * is called so. Sets *found to NULL unless the result is VOLINT_OK.
 */
VOLINT_MUST_CHECK volint_status volint_find(const volint_command *commands,
                                            const char *name,
                                            const volint_command **found);

/* The same among the commands of several tables; NULL ends them:
 *
 *   static const volint_command *const tables[] = {a_commands, b_commands, NULL};
 *
 * protoc-gen-volrender's parameter c_commands=PATH writes such a list of all its
 * files. `volint export c` has that of the shipped ones, volint_commands, in
 * volint/commands.volrender.h.
 */
VOLINT_MUST_CHECK volint_status volint_find_in(const volint_command *const *tables,
                                               const char *name,
                                               const volint_command **found);

/* What the generated functions do, for programs that treat all messages alike:
 * row has type->size bytes. arena may be NULL for a message that needs none; else
 * that is an arena without any room. After a failure the row has no value.
 */
VOLINT_MUST_CHECK volint_status volint_decode(const volint_message *type, void *row,
                                              const void *frame, size_t size,
                                              volint_arena *arena);
VOLINT_MUST_CHECK volint_status volint_decode_inplace(const volint_message *type, void *row,
                                                      void *frame, size_t size,
                                                      volint_arena *arena);

/* Writes row to the start of buffer and sets *size. VOLINT_ERR_SPACE when it has
 * more than capacity bytes: *size says how many, and the buffer holds nothing of
 * use; so NULL and 0 ask for the size. VOLINT_ERR_DEPTH when messages are nested
 * too deep, as in a ring of pointers; *size is then 0. Text is not checked for
 * being UTF-8, nor required fields for being there.
 */
VOLINT_MUST_CHECK volint_status volint_encode(const volint_message *type, const void *row,
                                              void *buffer, size_t capacity, size_t *size);

/* The same as a frame, the length before the message. VOLINT_ERR_LIMIT when the
 * length has more than 32 bits.
 */
VOLINT_MUST_CHECK volint_status volint_encode_frame(const volint_message *type, const void *row,
                                                    void *buffer, size_t capacity, size_t *size);

/* A field's value, for programs that treat all messages alike. */
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
        struct {
            const volint_message *type;
            const void *row;       /* NULL when not present */
        } message;                 /* VOLINT_MESSAGE */
        struct {
            const volint_field *field;
            const void *items;
            size_t count;
        } list;                    /* VOLINT_LIST, VOLINT_MAP */
    } as;
} volint_value;

/* The value of type->fields[field] in row. A field without presence of its own
 * (proto3 without `optional`, lists, maps) is always present.
 */
volint_value volint_get(const volint_message *type, const void *row, size_t field);

/* Takes the value of type->fields[field] away: what stands in the struct is what a
 * field that is not set has there. For a message of your own, ..._clear_FIELD does.
 */
void volint_clear(const volint_message *type, void *row, size_t field);

/* The value at an index below as.list.count of a list or a map, and a map's key
 * there.
 */
volint_value volint_item(volint_value list, size_t index);
volint_value volint_key(volint_value map, size_t index);

/* The name of a field's enum number, or NULL. */
const char *volint_enum_name(const volint_field *field, int32_t number);

/* ---- for generated code only ---- */

/* How deep messages and unknown groups may be nested below a row. A map's entry
 * counts as one, as protobuf's C implementation has it.
 */
#define VOLINT_MAX_DEPTH 100

/* The names of volint_absence. */
extern const volint_enum_value volint_absence_names[];

/* google.protobuf.Timestamp as a message of volint_timestamp. */
extern const volint_message volint_timestamp_message;

/* A frame being decoded: what the functions out of line share. */
typedef struct volint_decoder {
    const unsigned char *p;     /* where the reading was handed over */
    const unsigned char *end;   /* of the message that is read */
    const unsigned char *start; /* of the frame */
    unsigned char *frame;       /* the same where it may be written to, or NULL */
    unsigned char *nul;         /* where the last string's NUL goes */
    volint_arena *arena;        /* or NULL */
    size_t arena_used;          /* before this row */
    volint_status status;
    uint32_t unknown;           /* fields skipped so far */
    uint32_t group;             /* the number of the group that is read, or 0 */
    uint32_t depth;             /* how many more levels there may be */
    bool late;                  /* something can be judged only at the row's end */
    unsigned char sink;         /* takes the NULs of frames that are left alone */
} volint_decoder;

/* Where a reader is. It is small, and no pointer to it leaves the reader, so that
 * it stays in registers. After a failure it stands at the end. */
typedef struct volint_cursor {
    const unsigned char *p, *end;
    const unsigned char *last; /* a field in front of it has a byte behind its tag */
    unsigned char *nul;
} volint_cursor;

/* A number and the place behind it; NULL when it is no good, with the status as
 * the number. */
typedef struct volint_number {
    const unsigned char *p;
    uint64_t value;
} volint_number;

/* Takes one field of any kind, or the end of a group, at d->p; false at the end of
 * the message and after a failure. */
bool volint_other(volint_decoder *d, const volint_message *type, void *row);
/* Takes the values of a field whose tag has been read: of a list, all that follow
 * one another. */
bool volint_part(volint_decoder *d, const volint_message *type, void *row, size_t field);
/* What is left to do when a row's fields have been read, or could not be. */
volint_status volint_close(volint_decoder *d, const volint_message *type, void *row);
/* A number of any length, near the end of its message too. */
volint_number volint_long_number(const unsigned char *p, const unsigned char *end);
bool volint_valid_utf8(const char *text, size_t size);

VOLINT_INLINE bool volint_bit(const uint32_t *bits, unsigned bit)
{
    return (bits[bit / 32] >> (bit % 32) & 1) != 0;
}

VOLINT_INLINE volint_str volint_empty(void)
{
    volint_str s;
    s.data = "";
    s.size = 0;
    return s;
}

VOLINT_INLINE uint32_t volint_load32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

VOLINT_INLINE uint64_t volint_load64(const unsigned char *p)
{
    return (uint64_t)volint_load32(p) | (uint64_t)volint_load32(p + 4) << 32;
}

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

VOLINT_INLINE int64_t volint_unzigzag64(uint64_t u) { return volint_signed64(u >> 1 ^ (0 - (u & 1))); }
VOLINT_INLINE int32_t volint_unzigzag32(uint32_t u) { return volint_signed32(u >> 1 ^ (0 - (u & 1))); }

VOLINT_INLINE void volint_start(volint_decoder *d, const unsigned char *start, size_t size, volint_arena *arena)
{
    d->p = d->start = start;
    d->end = start + size;
    d->arena = arena;
    d->arena_used = arena == NULL ? 0 : arena->used;
    d->status = VOLINT_OK;
    d->unknown = 0;
    d->group = 0;
    d->depth = VOLINT_MAX_DEPTH;
    d->late = false;
}

VOLINT_INLINE void volint_start_const(volint_decoder *d, const void *frame, size_t size, volint_arena *arena)
{
    volint_start(d, (const unsigned char *)(size == 0 ? "" : frame), size, arena);
    d->frame = NULL;
    d->nul = &d->sink;
}

VOLINT_INLINE void volint_start_inplace(volint_decoder *d, void *frame, size_t size, volint_arena *arena)
{
    if (frame == NULL) { /* no frame is an empty one */
        volint_start_const(d, "", 0, arena);
        return;
    }
    volint_start(d, (const unsigned char *)frame, size, arena);
    d->frame = (unsigned char *)frame;
    d->nul = d->frame + size;
}

VOLINT_INLINE void volint_fail(volint_cursor *c, volint_decoder *d, volint_status status)
{
    d->status = status;
    c->p = c->last = c->end;
}

/* Takes up the reading at p. A frame of less than 8 bytes is left to volint_other, so
 * that 8 bytes can be loaded that end where any message ends. */
VOLINT_INLINE volint_cursor volint_begin(const volint_decoder *d, const unsigned char *p, const unsigned char *end)
{
    volint_cursor c;
    c.p = p;
    c.end = end;
    c.last = c.end - d->start < 8 ? c.p : c.end - 1;
    c.nul = d->nul;
    return c;
}

/* Whether the field of this tag comes next, and steps over the tag if so. A
 * string's NUL is written here: only now has the byte that it replaces been read.
 * Tags of more than two bytes are left to volint_other.
 */
VOLINT_INLINE bool volint_at(volint_cursor *c, uint32_t tag)
{
    const unsigned char *p = c->p;
    if (tag < 0x80) {
        if (p >= c->last || p[0] != tag)
            return false;
        c->p = p + 1;
    } else {
        if (p + 1 >= c->last || p[0] != (tag & 0x7f) + 0x80 || p[1] != tag >> 7)
            return false;
        c->p = p + 2;
    }
    *c->nul = 0;
    return true;
}

/* Whether there may be more fields, once those that come in order are read. */
VOLINT_INLINE bool volint_more(volint_cursor *c, volint_decoder *d, const volint_message *type, void *row)
{
    bool more;
    if (VOLINT_LIKELY(c->p == c->end))
        return false;
    d->p = c->p;
    d->nul = c->nul;
    more = volint_other(d, type, row);
    c->p = d->p;
    c->nul = d->nul;
    return more;
}

/* Adds the presence bits of a reader, which keeps its own in registers. */
VOLINT_INLINE void volint_mark(uint32_t *bits, const uint32_t *more, size_t words)
{
    size_t i;
    for (i = 0; i < words; i++)
        bits[i] |= more[i];
}

/* Hands the reading over at a message's end. */
VOLINT_INLINE bool volint_done(const volint_cursor *c, volint_decoder *d)
{
    d->p = c->p;
    d->nul = c->nul;
    return d->status == VOLINT_OK;
}

/* Takes the values of a field that is no plain one. */
VOLINT_INLINE void volint_take_part(volint_cursor *c, volint_decoder *d, const volint_message *type, void *row, size_t field)
{
    d->p = c->p;
    d->nul = c->nul;
    if (!volint_part(d, type, row, field))
        c->last = c->end; /* where d->p is, too */
    c->p = d->p;
    c->nul = d->nul;
}

/* Closes up the groups of 7 bits of the bytes of x, of which the lowest is first. */
VOLINT_INLINE uint64_t volint_compact(uint64_t x)
{
    x = (x & UINT64_C(0x7f007f007f007f00)) >> 1 | (x & UINT64_C(0x007f007f007f007f));
    x = (x & UINT64_C(0x3fff00003fff0000)) >> 2 | (x & UINT64_C(0x00003fff00003fff));
    return (x & UINT64_C(0x0fffffff00000000)) >> 4 | (x & UINT64_C(0x000000000fffffff));
}

/* Takes what was read out of line. */
VOLINT_INLINE uint64_t volint_take(volint_cursor *c, volint_decoder *d, volint_number n)
{
    if (VOLINT_LIKELY(n.p != NULL)) {
        c->p = n.p;
        return n.value;
    }
    volint_fail(c, d, (volint_status)n.value);
    return 0;
}

/* The 8 bytes at a number of more than one byte. Near the end of the message they
 * are the last ones, shifted, where these are sure to hold the number's end. */
VOLINT_INLINE bool volint_window(const volint_cursor *c, uint64_t *x)
{
    ptrdiff_t left = c->end - c->p;
    if (VOLINT_LIKELY(left >= 8))
        *x = volint_load64(c->p);
    else if (c->end[-1] < 0x80)
        *x = volint_load64(c->end - 8) >> (64 - 8 * left);
    else
        return false;
    return true;
}

/* A number of 10 bytes, as kernel addresses and negative numbers are, if it is one;
 * x is its window. */
VOLINT_INLINE bool volint_longest(volint_cursor *c, uint64_t x, uint64_t *value)
{
    const uint64_t more = UINT64_C(0x8080808080808080);
    const unsigned char *p = c->p;
    if ((x & more) != more || c->end - p < 10 || p[8] < 0x80 || p[9] != 1)
        return false;
    c->p = p + 10;
    *value = volint_compact(x & ~more) | (uint64_t)(p[8] & 0x7f) << 56 | UINT64_C(1) << 63;
    return true;
}

/* A number of 2 to 5 bytes, or of 10, which come first where high ones are common:
 * by branches and not by counting bits, since a field's numbers are mostly of one
 * length, and a branch that is foretold has the next field read before this one's
 * length is known.
 */
VOLINT_INLINE uint64_t volint_wide(volint_cursor *c, volint_decoder *d, bool high)
{
    const unsigned char *p = c->p;
    uint64_t x, v;
    if (!volint_window(c, &x))
        return volint_take(c, d, volint_long_number(p, c->end));
    if (high && volint_longest(c, x, &v))
        return v;
    v = (x & 0x7f) | (x >> 1 & 0x3f80);
    if ((x & 0x8000) == 0) {
        c->p = p + 2;
        return v;
    }
    v |= x >> 2 & 0x1fc000;
    if ((x & 0x800000) == 0) {
        c->p = p + 3;
        return v;
    }
    v |= x >> 3 & 0xfe00000;
    if ((x & 0x80000000) == 0) {
        c->p = p + 4;
        return v;
    }
    if ((x & UINT64_C(0x8000000000)) == 0) {
        c->p = p + 5;
        return v | (x >> 4 & UINT64_C(0x7f0000000));
    }
    if (!high && volint_longest(c, x, &v))
        return v;
    return volint_take(c, d, volint_long_number(p, c->end));
}

VOLINT_INLINE uint64_t volint_varint(volint_cursor *c, volint_decoder *d, bool high)
{
    if (*c->p < 0x80)
        return *c->p++;
    return volint_wide(c, d, high);
}

VOLINT_INLINE bool volint_bool(volint_cursor *c, volint_decoder *d) { return volint_varint(c, d, false) != 0; }
VOLINT_INLINE uint64_t volint_uint64(volint_cursor *c, volint_decoder *d) { return volint_varint(c, d, true); }
VOLINT_INLINE uint32_t volint_uint32(volint_cursor *c, volint_decoder *d) { return (uint32_t)volint_varint(c, d, false); }
VOLINT_INLINE int64_t volint_int64(volint_cursor *c, volint_decoder *d) { return volint_signed64(volint_varint(c, d, true)); }
VOLINT_INLINE int32_t volint_int32(volint_cursor *c, volint_decoder *d) { return volint_signed32((uint32_t)volint_varint(c, d, false)); }
VOLINT_INLINE int64_t volint_sint64(volint_cursor *c, volint_decoder *d) { return volint_unzigzag64(volint_varint(c, d, true)); }
VOLINT_INLINE int32_t volint_sint32(volint_cursor *c, volint_decoder *d) { return volint_unzigzag32((uint32_t)volint_varint(c, d, false)); }

VOLINT_INLINE uint32_t volint_fixed32(volint_cursor *c, volint_decoder *d)
{
    const unsigned char *p = c->p;
    if (c->end - p < 4) {
        volint_fail(c, d, VOLINT_ERR_CUT);
        return 0;
    }
    c->p = p + 4;
    return volint_load32(p);
}

VOLINT_INLINE uint64_t volint_fixed64(volint_cursor *c, volint_decoder *d)
{
    const unsigned char *p = c->p;
    if (c->end - p < 8) {
        volint_fail(c, d, VOLINT_ERR_CUT);
        return 0;
    }
    c->p = p + 8;
    return volint_load64(p);
}

VOLINT_INLINE int32_t volint_sfixed32(volint_cursor *c, volint_decoder *d) { return volint_signed32(volint_fixed32(c, d)); }
VOLINT_INLINE int64_t volint_sfixed64(volint_cursor *c, volint_decoder *d) { return volint_signed64(volint_fixed64(c, d)); }

VOLINT_INLINE float volint_float(volint_cursor *c, volint_decoder *d)
{
    uint32_t u = volint_fixed32(c, d);
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

VOLINT_INLINE double volint_double(volint_cursor *c, volint_decoder *d)
{
    uint64_t u = volint_fixed64(c, d);
    double f;
    memcpy(&f, &u, sizeof f);
    return f;
}

VOLINT_INLINE volint_str volint_bytes(volint_cursor *c, volint_decoder *d)
{
    volint_str s;
    uint64_t size = *c->p;
    if (VOLINT_LIKELY(size < 0x80))
        c->p++;
    else
        size = volint_take(c, d, volint_long_number(c->p, c->end));
    if (size > (uint64_t)(c->end - c->p)) {
        volint_fail(c, d, VOLINT_ERR_CUT);
        return volint_empty();
    }
    s.data = (const char *)c->p;
    s.size = (size_t)size;
    c->p += s.size;
    if (d->frame != NULL)
        c->nul = d->frame + (c->p - d->start);
    return s;
}

VOLINT_INLINE volint_str volint_utf8(volint_cursor *c, volint_decoder *d)
{
    volint_str s = volint_bytes(c, d);
    if (!volint_valid_utf8(s.data, s.size))
        volint_fail(c, d, VOLINT_ERR_UTF8);
    return s;
}

/* Decodes a row by its own reader. Where the compiler sees the table of its type,
 * as in generated code, it knows the row's size and calls the reader directly. */
VOLINT_INLINE volint_status volint_run(volint_decoder *d, const volint_message *type, void *row, const unsigned char *p, size_t size)
{
    memcpy(row, type->none, type->size);
    type->read(row, d, p, p + size);
    if (VOLINT_LIKELY(d->status == VOLINT_OK && !d->late && type->parts == 0)) {
        *d->nul = 0;
        memcpy((char *)row + type->unknown_offset, &d->unknown, sizeof d->unknown);
        return VOLINT_OK;
    }
    return volint_close(d, type, row);
}

VOLINT_INLINE volint_status volint_run_const(const volint_message *type, void *row, const void *frame, size_t size, volint_arena *arena)
{
#ifndef VOLINT_SMALL
    volint_decoder d;
    if (type->read != NULL) {
        volint_start_const(&d, frame, size, arena);
        return volint_run(&d, type, row, d.start, size);
    }
#endif
    return volint_decode(type, row, frame, size, arena);
}

VOLINT_INLINE volint_status volint_run_inplace(const volint_message *type, void *row, void *frame, size_t size, volint_arena *arena)
{
#ifndef VOLINT_SMALL
    volint_decoder d;
    if (type->read != NULL) {
        volint_start_inplace(&d, frame, size, arena);
        return volint_run(&d, type, row, frame == NULL ? d.start : (const unsigned char *)frame, size);
    }
#endif
    return volint_decode_inplace(type, row, frame, size, arena);
}

/* A row being encoded: what the functions out of line share. It is written from its
 * end, at the end of the buffer, so that a length is known when it is written. What
 * has no room is only counted; then smaller things may still be put where it was to
 * be, which does not matter any more.
 */
typedef struct volint_encoder {
    unsigned char *start; /* of the buffer */
    unsigned char *p;     /* of what is written, where the writing was handed over */
    unsigned char *end;   /* of the buffer */
    size_t lost;          /* bytes that had no room */
    volint_status status;
    uint32_t depth;       /* how many more levels there may be */
    unsigned char sink;   /* the buffer of who has none */
} volint_encoder;

/* Where a writer is: as volint_cursor, it stays in registers. */
typedef struct volint_pen {
    unsigned char *p, *start;
    volint_encoder *e;
} volint_pen;

/* How many bytes there must be in front of p for a field that is written in line: a
 * tag of two bytes, and a number. */
#define VOLINT_PEN_ROOM 12

/* Writes a number that ends at p, where there is room for it. */
unsigned char *volint_number_before(unsigned char *p, uint64_t value);
/* Puts a field with its tag, whose wire type tells how the value stands there; as
 * much as there is room. */
unsigned char *volint_put_near(volint_encoder *e, unsigned char *p, uint32_t tag, uint64_t value);
unsigned char *volint_put_text(volint_encoder *e, unsigned char *p, uint32_t tag, volint_str value);
/* Puts a field of any kind, which is set. */
unsigned char *volint_put_field(volint_encoder *e, unsigned char *p, const volint_message *type, const void *row, size_t field);
/* What is left to do when a row has been written. */
volint_status volint_finish(volint_encoder *e, void *buffer, size_t *size);

VOLINT_INLINE void volint_store32(unsigned char *p, uint32_t u)
{
    p[0] = (unsigned char)u;
    p[1] = (unsigned char)(u >> 8);
    p[2] = (unsigned char)(u >> 16);
    p[3] = (unsigned char)(u >> 24);
}

VOLINT_INLINE void volint_store64(unsigned char *p, uint64_t u)
{
    p[0] = (unsigned char)u;
    p[1] = (unsigned char)(u >> 8);
    p[2] = (unsigned char)(u >> 16);
    p[3] = (unsigned char)(u >> 24);
    p[4] = (unsigned char)(u >> 32);
    p[5] = (unsigned char)(u >> 40);
    p[6] = (unsigned char)(u >> 48);
    p[7] = (unsigned char)(u >> 56);
}

VOLINT_INLINE uint64_t volint_zigzag64(int64_t i)
{
    uint64_t u = (uint64_t)i;
    return u << 1 ^ (0 - (u >> 63));
}

VOLINT_INLINE uint32_t volint_zigzag32(int32_t i)
{
    uint32_t u = (uint32_t)i;
    return u << 1 ^ (0 - (u >> 31));
}

VOLINT_INLINE uint32_t volint_float_bits(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

VOLINT_INLINE uint64_t volint_double_bits(double d)
{
    uint64_t u;
    memcpy(&u, &d, sizeof u);
    return u;
}

VOLINT_INLINE void volint_begin_encode(volint_encoder *e, void *buffer, size_t capacity)
{
    e->start = capacity == 0 ? &e->sink : (unsigned char *)buffer;
    e->p = e->end = e->start + capacity;
    e->lost = 0;
    e->status = VOLINT_OK;
    e->depth = VOLINT_MAX_DEPTH;
}

VOLINT_INLINE volint_pen volint_take_pen(volint_encoder *e, unsigned char *p)
{
    volint_pen c;
    c.p = p;
    c.start = e->start;
    c.e = e;
    return c;
}

/* Writes a number of more than one byte that ends at p, where 10 bytes in front may be
 * written to. It goes by branches, as volint_wide does and for the same reason.
 */
VOLINT_INLINE unsigned char *volint_wide_before(unsigned char *p, uint64_t v)
{
    uint64_t x = UINT64_C(0x80) | (v & 0x7f) | (v << 1 & 0x7f00);
    if (v < UINT64_C(1) << 14) {
        p[-2] = (unsigned char)x;
        p[-1] = (unsigned char)(x >> 8);
        return p - 2;
    }
    x |= UINT64_C(0x8000) | (v << 2 & 0x7f0000);
    if (v < UINT64_C(1) << 21) {
        volint_store32(p - 4, (uint32_t)(x << 8));
        return p - 3;
    }
    x |= UINT64_C(0x800000) | (v << 3 & 0x7f000000);
    if (v < UINT64_C(1) << 28) {
        volint_store32(p - 4, (uint32_t)x);
        return p - 4;
    }
    x |= UINT64_C(0x80000000) | (v << 4 & UINT64_C(0x7f00000000));
    if (v < UINT64_C(1) << 35) {
        volint_store64(p - 8, x << 24);
        return p - 5;
    }
    if (v >> 63 == 0)
        return volint_number_before(p, v);
    x |= UINT64_C(0x8080808000000000) | (v << 5 & UINT64_C(0x7f0000000000));
    x |= (v << 6 & UINT64_C(0x7f000000000000)) | (v << 7 & UINT64_C(0x7f00000000000000));
    volint_store64(p - 10, x);
    p[-2] = (unsigned char)(v >> 56 | 0x80);
    p[-1] = 1;
    return p - 10;
}

VOLINT_INLINE unsigned char *volint_varint_before(unsigned char *p, uint64_t v)
{
    if (v < 0x80) {
        p[-1] = (unsigned char)v;
        return p - 1;
    }
    return volint_wide_before(p, v);
}

VOLINT_INLINE unsigned char *volint_tag_before(unsigned char *p, uint32_t tag)
{
    if (tag < 0x80) {
        p[-1] = (unsigned char)tag;
        return p - 1;
    }
    p[-2] = (unsigned char)(tag | 0x80);
    p[-1] = (unsigned char)(tag >> 7);
    return p - 2;
}

VOLINT_INLINE bool volint_has_room(const volint_pen *c) { return VOLINT_LIKELY(c->p - c->start >= VOLINT_PEN_ROOM); }

/* These put a field of a tag of at most two bytes. */
VOLINT_INLINE void volint_put_uint64(volint_pen *c, uint32_t tag, uint64_t v)
{
    if (volint_has_room(c))
        c->p = volint_tag_before(volint_varint_before(c->p, v), tag);
    else
        c->p = volint_put_near(c->e, c->p, tag, v);
}

VOLINT_INLINE void volint_put_fixed32(volint_pen *c, uint32_t tag, uint32_t v)
{
    if (!volint_has_room(c)) {
        c->p = volint_put_near(c->e, c->p, tag, v);
        return;
    }
    volint_store32(c->p - 4, v);
    c->p = volint_tag_before(c->p - 4, tag);
}

VOLINT_INLINE void volint_put_fixed64(volint_pen *c, uint32_t tag, uint64_t v)
{
    if (!volint_has_room(c)) {
        c->p = volint_put_near(c->e, c->p, tag, v);
        return;
    }
    volint_store64(c->p - 8, v);
    c->p = volint_tag_before(c->p - 8, tag);
}

VOLINT_INLINE void volint_put_bytes(volint_pen *c, uint32_t tag, volint_str v)
{
    if (!volint_has_room(c) || v.size >= 0x80 || (size_t)(c->p - c->start) - VOLINT_PEN_ROOM < v.size) {
        c->p = volint_put_text(c->e, c->p, tag, v);
        return;
    }
    c->p -= v.size;
    if (v.size > 0)
        memcpy(c->p, v.data, v.size);
    c->p[-1] = (unsigned char)v.size;
    c->p = volint_tag_before(c->p - 1, tag);
}

VOLINT_INLINE void volint_put_bool(volint_pen *c, uint32_t tag, bool v) { volint_put_uint64(c, tag, v); }
VOLINT_INLINE void volint_put_uint32(volint_pen *c, uint32_t tag, uint32_t v) { volint_put_uint64(c, tag, v); }
VOLINT_INLINE void volint_put_int64(volint_pen *c, uint32_t tag, int64_t v) { volint_put_uint64(c, tag, (uint64_t)v); }
VOLINT_INLINE void volint_put_int32(volint_pen *c, uint32_t tag, int32_t v) { volint_put_int64(c, tag, v); }
VOLINT_INLINE void volint_put_sint64(volint_pen *c, uint32_t tag, int64_t v) { volint_put_uint64(c, tag, volint_zigzag64(v)); }
VOLINT_INLINE void volint_put_sint32(volint_pen *c, uint32_t tag, int32_t v) { volint_put_uint64(c, tag, volint_zigzag32(v)); }
VOLINT_INLINE void volint_put_sfixed32(volint_pen *c, uint32_t tag, int32_t v) { volint_put_fixed32(c, tag, (uint32_t)v); }
VOLINT_INLINE void volint_put_sfixed64(volint_pen *c, uint32_t tag, int64_t v) { volint_put_fixed64(c, tag, (uint64_t)v); }
VOLINT_INLINE void volint_put_float(volint_pen *c, uint32_t tag, float v) { volint_put_fixed32(c, tag, volint_float_bits(v)); }
VOLINT_INLINE void volint_put_double(volint_pen *c, uint32_t tag, double v) { volint_put_fixed64(c, tag, volint_double_bits(v)); }

/* Puts a field that is no plain one. */
VOLINT_INLINE void volint_put_part(volint_pen *c, const volint_message *type, const void *row, size_t field)
{
    c->p = volint_put_field(c->e, c->p, type, row, field);
}

/* Encodes a row by its own writer, which is called directly where the compiler sees
 * the table of its type. */
VOLINT_INLINE volint_status volint_run_encode(const volint_message *type, const void *row, void *buffer, size_t capacity, size_t *size)
{
#ifndef VOLINT_SMALL
    volint_encoder e;
    if (type->write != NULL) {
        volint_begin_encode(&e, buffer, capacity);
        e.p = type->write(row, &e, e.p);
        return volint_finish(&e, buffer, size);
    }
#endif
    return volint_encode(type, row, buffer, capacity, size);
}

#ifdef __cplusplus
}
#endif

#endif
