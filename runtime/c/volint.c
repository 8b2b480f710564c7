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
    case VOLINT_ERR_DEPTH: return "messages are nested too deep";
    case VOLINT_ERR_UTF8: return "a string is not UTF-8";
    case VOLINT_ERR_REQUIRED: return "a required field is missing";
    case VOLINT_ERR_FRAME: return "the stream ends inside a frame";
    case VOLINT_ERR_LIMIT: return "a frame is longer than the limit";
    case VOLINT_ERR_SPACE: return "a frame is longer than the buffer";
    case VOLINT_ERR_ARENA: return "the arena is too small for a row";
    case VOLINT_ERR_READ: return "reading failed";
    case VOLINT_ERR_UNKNOWN: return "there is no command of that name";
    case VOLINT_ERR_AMBIGUOUS: return "more than one command has that name";
    }
    return "unknown status";
}

/* ---- memory for nested data ---- */

/* Fits every member that generated code has. */
enum { ALIGNMENT = 8 };

void volint_arena_init(volint_arena *arena, void *memory, size_t size)
{
    arena->needed = 0;
    arena->memory = (unsigned char *)memory;
    arena->size = size;
    arena->used = 0;
}

void volint_arena_reset(volint_arena *arena) { arena->used = 0; }

/* Room for size bytes, or NULL. */
static void *arena_take(volint_arena *a, size_t size)
{
    size_t left = a->size - a->used;
    size_t gap = (ALIGNMENT - ((uintptr_t)a->memory + a->used) % ALIGNMENT) % ALIGNMENT;
    if (gap > left || size > left - gap) {
        a->needed = size > SIZE_MAX - a->used - gap ? SIZE_MAX : a->used + gap + size;
        return NULL;
    }
    a->used += gap + size;
    return a->memory + (a->used - size);
}

/* ---- the wire, out of line ---- */

static volint_number number_at(const unsigned char *p, uint64_t value)
{
    volint_number n;
    n.p = p;
    n.value = value;
    return n;
}

static volint_number no_number(volint_status status) { return number_at(NULL, (uint64_t)status); }

/* A number of up to 8 bytes, of which 8 can be read: the lowest clear top bit ends
 * it. False for a longer one, or where the compiler can't count bits. */
static bool number_in_8(const unsigned char *p, volint_number *n)
{
#ifdef VOLINT_GNU
    uint64_t x = volint_load64(p);
    uint64_t stop = ~x & UINT64_C(0x8080808080808080);
    if (stop == 0)
        return false;
    n->p = p + __builtin_ctzll(stop) / 8 + 1;
    n->value = volint_compact(x & (stop ^ (stop - 1)) & UINT64_C(0x7f7f7f7f7f7f7f7f));
    return true;
#else
    (void)p;
    (void)n;
    return false;
#endif
}

volint_number volint_long_number(const unsigned char *p, const unsigned char *end)
{
    uint64_t x = 0;
    unsigned shift;
    volint_number n;
    if (end - p >= 8 && number_in_8(p, &n))
        return n;
    for (shift = 0; p != end; shift += 7) {
        unsigned char byte = *p++;
        if (shift == 63 && byte > 1)
            return no_number(VOLINT_ERR_VARINT);
        x |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number_at(p, x);
    }
    return no_number(VOLINT_ERR_CUT);
}

static bool fail(volint_decoder *d, volint_status status)
{
    d->status = status;
    d->p = d->end;
    return false;
}

static bool get_long_number(volint_decoder *d, uint64_t *value)
{
    volint_number n = volint_long_number(d->p, d->end);
    if (n.p == NULL)
        return fail(d, (volint_status)n.value);
    d->p = n.p;
    *value = n.value;
    return true;
}

VOLINT_INLINE bool get_number(volint_decoder *d, uint64_t *value)
{
    if (d->p != d->end && *d->p < 0x80) {
        *value = *d->p++;
        return true;
    }
    return get_long_number(d, value);
}

static bool get_long_tag(volint_decoder *d, uint32_t *tag)
{
    const unsigned char *start = d->p;
    uint64_t wide;
    if (!get_number(d, &wide))
        return false;
    if (wide > UINT32_MAX || d->p - start > 5 || wide >> 3 == 0)
        return fail(d, VOLINT_ERR_TAG);
    *d->nul = 0;
    *tag = (uint32_t)wide;
    return true;
}

/* A tag, of 5 bytes at most. A string's NUL is written behind it: see volint_at. */
VOLINT_INLINE bool get_tag(volint_decoder *d, uint32_t *tag)
{
    if (d->p != d->end && *d->p < 0x80 && *d->p >= 8) {
        *tag = *d->p++;
        *d->nul = 0;
        return true;
    }
    return get_long_tag(d, tag);
}

/* The length of what follows, which lies in the message. */
VOLINT_INLINE bool get_size(volint_decoder *d, size_t *size)
{
    uint64_t wide;
    if (!get_number(d, &wide))
        return false;
    if (wide > (uint64_t)(d->end - d->p))
        return fail(d, VOLINT_ERR_CUT);
    *size = (size_t)wide;
    return true;
}

static bool skip_bytes(volint_decoder *d, size_t size)
{
    if (size > (size_t)(d->end - d->p))
        return fail(d, VOLINT_ERR_CUT);
    d->p += size;
    return true;
}

/* Skips one value. A group counts as its first tag alone. */
static bool skip_plain(volint_decoder *d, uint32_t tag)
{
    uint64_t number;
    size_t size;
    switch (tag & 7) {
    case 0: return get_number(d, &number);
    case 1: return skip_bytes(d, 8);
    case 2: return get_size(d, &size) && skip_bytes(d, size);
    case 3:
    case 4: return true;
    case 5: return skip_bytes(d, 4);
    default: return fail(d, VOLINT_ERR_TAG);
    }
}

/* Skips a field that the message does not know. A group is skipped with a stack of
 * its own, so that no input makes the program's stack grow. */
static bool skip(volint_decoder *d, uint32_t tag)
{
    uint32_t open[VOLINT_MAX_DEPTH];
    uint32_t levels = 0;
    d->unknown++;
    while (skip_plain(d, tag)) {
        if ((tag & 7) == 3) {
            if (levels == d->depth)
                return fail(d, VOLINT_ERR_DEPTH);
            open[levels++] = tag >> 3;
        } else if ((tag & 7) == 4) {
            if (levels == 0 || open[--levels] != tag >> 3)
                return fail(d, VOLINT_ERR_GROUP);
        }
        if (levels == 0)
            return true;
        if (!get_tag(d, &tag))
            return false;
    }
    return false;
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

static bool valid_sequences(const unsigned char *p, const unsigned char *end)
{
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

/* Most text is ASCII and short: loads that overlap see all of it without a loop
 * over its bytes. */
bool volint_valid_utf8(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + size;
    uint64_t high = 0;
    if (size >= 8) {
        for (; end - p > 8; p += 8)
            high |= volint_load64(p);
        high |= volint_load64(end - 8);
    } else if (size >= 4) {
        high = volint_load32(p) | (uint64_t)volint_load32(end - 4) << 32;
    } else {
        for (; p != end; p++)
            high |= *p;
    }
    if ((high & UINT64_C(0x8080808080808080)) == 0)
        return true;
    return valid_sequences((const unsigned char *)text, end);
}

/* ---- members, by the tables ---- */

/* The table knows a member's place and kind, and the compiler not its type: all
 * goes by memcpy. */

typedef struct array {
    char *items;
    size_t count;
} array;

static array load_list(const char *at)
{
    array l;
    memcpy(&l, at, sizeof l);
    return l;
}

static char *load_pointer(const char *at)
{
    char *p;
    memcpy(&p, at, sizeof p);
    return p;
}

static void store_pointer(char *at, const void *p) { memcpy(at, &p, sizeof p); }

/* Whether the member is a pointer to a message: elsewhere messages lie where they
 * belong. */
static bool is_pointer(const volint_field *f) { return f->kind == VOLINT_MESSAGE && f->label == VOLINT_SINGULAR; }

/* The size of one value; that of a message, for a pointer. */
static size_t value_size(const volint_field *f)
{
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_BOOL: return sizeof(bool);
    case VOLINT_AS_32:
    case VOLINT_AS_ZIGZAG32:
    case VOLINT_AS_FIXED32: return 4;
    case VOLINT_AS_64:
    case VOLINT_AS_ZIGZAG64:
    case VOLINT_AS_FIXED64: return 8;
    case VOLINT_AS_BYTES:
    case VOLINT_AS_UTF8: return sizeof(volint_str);
    case VOLINT_AS_MESSAGE:
    case VOLINT_AS_GROUP: return f->message->size;
    }
    return 0;
}

static size_t member_size(const volint_field *f)
{
    if (f->label != VOLINT_SINGULAR)
        return sizeof(array);
    return is_pointer(f) ? sizeof(void *) : value_size(f);
}

static uint32_t load_bits(const volint_message *type, const volint_field *f, const char *row)
{
    uint32_t bits;
    memcpy(&bits, row + type->has_offset + (size_t)f->bit / 32 * sizeof bits, sizeof bits);
    return bits;
}

static void mark(const volint_message *type, const volint_field *f, char *row, bool there)
{
    uint32_t bits, mask;
    if (f->bit < 0)
        return;
    mask = UINT32_C(1) << (f->bit % 32);
    bits = load_bits(type, f, row);
    bits = there ? bits | mask : bits & ~mask;
    memcpy(row + type->has_offset + (size_t)f->bit / 32 * sizeof bits, &bits, sizeof bits);
}

/* Whether a singular field is set; one without presence always is. */
static bool is_there(const volint_message *type, const volint_field *f, const char *row)
{
    if (f->bit >= 0)
        return (load_bits(type, f, row) >> (f->bit % 32) & 1) != 0;
    return !is_pointer(f) || load_pointer(row + f->offset) != NULL;
}

static const volint_field *in_order(const volint_message *type, size_t i)
{
    return &type->fields[type->order == NULL ? i : type->order[i]];
}

static const volint_field *field_of_number(const volint_message *type, uint32_t number)
{
    size_t low = 0, high = type->field_count;
    if (number <= high && in_order(type, number - 1)->number == number)
        return in_order(type, number - 1);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const volint_field *f = in_order(type, middle);
        if (f->number == number)
            return f;
        if (f->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- maps ---- */

/* Compares two keys of a map, -1, 0 or 1. */
static int compare_keys(const volint_field *key, const char *a, const char *b)
{
    a += key->offset;
    b += key->offset;
    switch (key->kind) {
    case VOLINT_STRING: {
        volint_str x, y;
        int order;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        order = memcmp(x.data, y.data, x.size < y.size ? x.size : y.size);
        return order != 0 ? order : (x.size > y.size) - (x.size < y.size);
    }
    case VOLINT_INT32: {
        int32_t x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return (x > y) - (x < y);
    }
    case VOLINT_INT64: {
        int64_t x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        return (x > y) - (x < y);
    }
    default: {
        uint64_t x = 0, y = 0;
        if (key->kind == VOLINT_UINT32) {
            uint32_t u, v;
            memcpy(&u, a, sizeof u);
            memcpy(&v, b, sizeof v);
            x = u;
            y = v;
        } else if (key->kind == VOLINT_BOOL) {
            bool u, v;
            memcpy(&u, a, sizeof u);
            memcpy(&v, b, sizeof v);
            x = u;
            y = v;
        } else {
            memcpy(&x, a, sizeof x);
            memcpy(&y, b, sizeof y);
        }
        return (x > y) - (x < y);
    }
    }
}

/* Merges two sorted neighbours, from[0..middle) and from[middle..end), into to. Of
 * equal keys the first one's come first. */
static void merge(const volint_message *entry, const char *from, size_t middle, size_t end, char *to)
{
    size_t size = entry->size, left = 0, right = middle;
    for (; left < middle || right < end; to += size) {
        bool take_left = right == end || (left < middle && compare_keys(&entry->fields[0], from + left * size, from + right * size) <= 0);
        memcpy(to, from + (take_left ? left++ : right++) * size, size);
    }
}

/* Sorts entries by their keys, with room for as many; equal ones stay in order. */
static void sort_entries(const volint_message *entry, char *items, size_t count, char *room)
{
    char *from = items, *to = room;
    size_t size = entry->size, run, i;
    for (run = 1; run < count; run *= 2) {
        char *swap = from;
        for (i = 0; i < count; i += 2 * run) {
            size_t end = count - i < 2 * run ? count - i : 2 * run;
            merge(entry, from + i * size, end < run ? end : run, end, to + i * size);
        }
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * size);
}

/* Keeps the last of the entries of each key. */
static size_t drop_equal(const volint_message *entry, char *items, size_t count)
{
    size_t size = entry->size, kept = 0, i;
    for (i = 0; i < count; i++) {
        bool last = i + 1 == count || compare_keys(&entry->fields[0], items + i * size, items + (i + 1) * size) != 0;
        if (!last)
            continue;
        if (kept != i)
            memcpy(items + kept * size, items + i * size, size);
        kept++;
    }
    return kept;
}

static bool is_ascending(const volint_message *entry, const array *l)
{
    size_t i;
    for (i = 1; i < l->count; i++)
        if (compare_keys(&entry->fields[0], l->items + (i - 1) * entry->size, l->items + i * entry->size) >= 0)
            return false;
    return true;
}

static void *take(volint_decoder *d, size_t count, size_t size);

/* Puts a map's entries in order and keeps one for each key. */
static bool settle_map(volint_decoder *d, const volint_field *f, char *at)
{
    array l = load_list(at);
    size_t used;
    char *room;
    if (is_ascending(f->message, &l))
        return true;
    used = d->arena->used;
    room = (char *)take(d, l.count, f->message->size);
    if (room == NULL)
        return false;
    sort_entries(f->message, l.items, l.count, room);
    d->arena->used = used;
    l.count = drop_equal(f->message, l.items, l.count);
    memcpy(at, &l, sizeof l);
    return true;
}

static bool settle_maps(volint_decoder *d, const volint_message *type, char *row)
{
    size_t i;
    for (i = 0; i < type->field_count; i++) {
        const volint_field *f = &type->fields[i];
        if (f->label == VOLINT_MAPPED && !settle_map(d, f, row + f->offset))
            return false;
    }
    return true;
}

/* ---- decoding ---- */

static void *take(volint_decoder *d, size_t count, size_t size)
{
    void *at = NULL;
    if (d->arena != NULL && count <= SIZE_MAX / size)
        at = arena_take(d->arena, count * size);
    else if (d->arena != NULL)
        d->arena->needed = SIZE_MAX;
    if (at == NULL)
        fail(d, VOLINT_ERR_ARENA);
    return at;
}

/* Room for more items behind those of a list, which is moved if need be; its
 * capacity stands before it. Room is doubled, so that moving costs no more than
 * reading, however the items are strewn over the message. */
static char *list_room(volint_decoder *d, array *l, size_t more, size_t size)
{
    size_t capacity = 0;
    char *block;
    if (l->items != NULL)
        memcpy(&capacity, l->items - ALIGNMENT, sizeof capacity);
    if (more <= capacity - l->count)
        return l->items + l->count * size;
    capacity = capacity < more ? l->count + more : 2 * capacity;
    if (capacity > (SIZE_MAX - ALIGNMENT) / size) {
        fail(d, VOLINT_ERR_ARENA);
        return NULL;
    }
    block = (char *)take(d, 1, ALIGNMENT + capacity * size);
    if (block == NULL)
        return NULL;
    memcpy(block, &capacity, sizeof capacity);
    if (l->count != 0)
        memcpy(block + ALIGNMENT, l->items, l->count * size);
    l->items = block + ALIGNMENT;
    return l->items + l->count * size;
}

static bool lacks_required(const volint_message *type, const char *row)
{
    size_t i;
    for (i = 0; i < type->field_count; i++) {
        const volint_field *f = &type->fields[i];
        if ((f->rules & VOLINT_RULE_REQUIRED) != 0 && !is_there(type, f, row))
            return true;
    }
    return false;
}

/* Ends a row. What may come in several pieces is judged when the whole frame has
 * been read: a map that more entries are added to, a required field that a later
 * piece may have. */
static bool close_row(volint_decoder *d, const volint_message *type, char *row, uint32_t unknown, bool whole)
{
    if (type->unknown_offset != 0 && unknown != 0) {
        uint32_t count;
        memcpy(&count, row + type->unknown_offset, sizeof count);
        count += unknown;
        memcpy(row + type->unknown_offset, &count, sizeof count);
    }
    if ((type->parts & VOLINT_HAS_REQUIRED) != 0 && lacks_required(type, row))
        d->late = true;
    if ((type->parts & VOLINT_HAS_MAPS) == 0)
        return true;
    if (!whole)
        d->late = true;
    return !whole || settle_maps(d, type, row);
}

static bool read_fields(volint_decoder *d, const volint_message *type, char *row)
{
    if (type->read != NULL)
        return type->read(row, d, d->p, d->end);
    while (volint_other(d, type, row))
        ;
    return d->status == VOLINT_OK;
}

/* Reads a message whose tag has been read; whole says that row is a new one. */
static bool read_message(volint_decoder *d, const volint_field *f, char *row, bool whole)
{
    const unsigned char *end = d->end;
    uint32_t group = d->group, unknown = d->unknown;
    size_t size = 0;
    bool ok;
    if (d->depth == 0)
        return fail(d, VOLINT_ERR_DEPTH);
    if (f->coding == VOLINT_AS_GROUP) {
        d->group = f->number;
    } else {
        if (!get_size(d, &size))
            return false;
        d->group = 0;
        d->end = d->p + size;
    }
    d->depth--;
    ok = read_fields(d, f->message, row);
    if (ok && d->group != 0)
        ok = fail(d, VOLINT_ERR_CUT);
    d->depth++;
    d->end = end;
    d->group = group;
    if (ok)
        ok = close_row(d, f->message, row, d->unknown - unknown, whole);
    if (!ok)
        d->p = end;
    return ok;
}

static bool read_text(volint_decoder *d, const volint_field *f, char *at)
{
    volint_str s;
    size_t size;
    if (!get_size(d, &size))
        return false;
    s.data = (const char *)d->p;
    s.size = size;
    d->p += size;
    if (d->frame != NULL)
        d->nul = d->frame + (d->p - d->start);
    if (f->coding == VOLINT_AS_UTF8 && !volint_valid_utf8(s.data, s.size))
        return fail(d, VOLINT_ERR_UTF8);
    memcpy(at, &s, sizeof s);
    return true;
}

static void store32(char *at, uint32_t u) { memcpy(at, &u, sizeof u); }
static void store64(char *at, uint64_t u) { memcpy(at, &u, sizeof u); }

static void store_number(const volint_field *f, char *at, uint64_t u)
{
    bool b = u != 0;
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_BOOL: memcpy(at, &b, sizeof b); return;
    case VOLINT_AS_32: store32(at, (uint32_t)u); return;
    case VOLINT_AS_ZIGZAG32: store32(at, (uint32_t)volint_unzigzag32((uint32_t)u)); return;
    case VOLINT_AS_ZIGZAG64: store64(at, (uint64_t)volint_unzigzag64(u)); return;
    default: store64(at, u); return;
    }
}

VOLINT_INLINE bool read_scalar(volint_decoder *d, const volint_field *f, char *at)
{
    uint64_t number;
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_FIXED32:
        if (!skip_bytes(d, 4))
            return false;
        store32(at, volint_load32(d->p - 4));
        return true;
    case VOLINT_AS_FIXED64:
        if (!skip_bytes(d, 8))
            return false;
        store64(at, volint_load64(d->p - 8));
        return true;
    default:
        if (!get_number(d, &number))
            return false;
        store_number(f, at, number);
        return true;
    }
}

/* Reads a value whose tag has been read to where it belongs. */
static bool read_value(volint_decoder *d, const volint_field *f, char *at)
{
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_MESSAGE:
    case VOLINT_AS_GROUP:
        return read_message(d, f, at, true);
    case VOLINT_AS_BYTES:
    case VOLINT_AS_UTF8:
        return read_text(d, f, at);
    default:
        return read_scalar(d, f, at);
    }
}

/* The wire type that a value of the field comes with. */
static uint32_t wire_type(const volint_field *f)
{
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_FIXED64: return 1;
    case VOLINT_AS_BYTES:
    case VOLINT_AS_UTF8:
    case VOLINT_AS_MESSAGE: return 2;
    case VOLINT_AS_GROUP: return 3;
    case VOLINT_AS_FIXED32: return 5;
    default: return 0;
    }
}

/* Whether a field is a list that comes in one piece under a tag. */
static bool is_packed(const volint_field *f, uint32_t wire)
{
    return f->label == VOLINT_REPEATED && wire == 2 && f->coding < VOLINT_AS_BYTES;
}

/* How many bytes are below 0x80. */
static size_t count_ends(const unsigned char *p, size_t size)
{
    const unsigned char *end = p + size;
    size_t count = 0;
    for (; end - p >= 8; p += 8) {
        uint64_t ends = ~volint_load64(p) >> 7 & UINT64_C(0x0101010101010101);
        count += (size_t)(ends * UINT64_C(0x0101010101010101) >> 56);
    }
    for (; p != end; p++)
        count += *p < 0x80;
    return count;
}

/* How many values a piece of some bytes has, the last of which may be cut. */
static size_t count_packed(const volint_field *f, const unsigned char *p, size_t size)
{
    if (f->coding == VOLINT_AS_FIXED32)
        return size / 4 + (size % 4 != 0);
    if (f->coding == VOLINT_AS_FIXED64)
        return size / 8 + (size % 8 != 0);
    return count_ends(p, size) + (p[size - 1] >= 0x80);
}

static void read_scalars(volint_decoder *d, const volint_field *f, char *to, size_t count)
{
    size_t step = value_size(f);
    for (; count > 0 && read_scalar(d, f, to); count--)
        to += step;
}

/* The same for what most lists are. */
static void read_numbers64(volint_decoder *d, char *to, size_t count)
{
    uint64_t number;
    for (; count > 0 && get_number(d, &number); count--, to += 8)
        store64(to, number);
}

static bool read_packed(volint_decoder *d, const volint_field *f, array *l)
{
    const unsigned char *end = d->end;
    size_t size, count;
    char *to;
    if (!get_size(d, &size))
        return false;
    if (size == 0)
        return true;
    count = count_packed(f, d->p, size);
    to = list_room(d, l, count, value_size(f));
    if (to == NULL)
        return false;
    d->end = d->p + size;
    if (f->coding == VOLINT_AS_64)
        read_numbers64(d, to, count);
    else
        read_scalars(d, f, to, count);
    d->end = end;
    if (d->status != VOLINT_OK)
        return fail(d, d->status);
    l->count += count;
    return true;
}

/* How many values of a list stand one behind the other, of which the first one's
 * tag has been read. Those of groups are not counted: that would read what is in
 * them once for each level. */
static size_t count_run(const volint_decoder *d, const volint_field *f, uint32_t tag)
{
    volint_decoder ahead;
    uint32_t next;
    size_t count = 1;
    if (f->coding == VOLINT_AS_GROUP)
        return 1;
    ahead.p = d->p;
    ahead.end = d->end;
    ahead.nul = &ahead.sink;
    for (; skip_plain(&ahead, tag) && ahead.p != ahead.end && get_tag(&ahead, &next); count++)
        if (next != tag)
            break;
    return count;
}

/* Reads the key or the value of an entry if that comes next; part counts from 0. */
VOLINT_INLINE bool read_entry_part(volint_decoder *d, const volint_message *entry, char *at, size_t part)
{
    const volint_field *f = &entry->fields[part];
    if (d->p == d->end || *d->p != (f->number << 3 | wire_type(f)) || is_pointer(f))
        return true;
    d->p++;
    *d->nul = 0;
    return read_value(d, f, at + f->offset);
}

/* Reads an entry of a map: first as writers write it, then what is left of it. */
static bool read_entry(volint_decoder *d, const volint_message *entry, char *at)
{
    const unsigned char *end = d->end;
    uint32_t group = d->group;
    size_t size = 0;
    bool ok;
    if (d->depth == 0)
        return fail(d, VOLINT_ERR_DEPTH);
    if (!get_size(d, &size))
        return false;
    d->group = 0;
    d->end = d->p + size;
    d->depth--;
    ok = read_entry_part(d, entry, at, 0) && read_entry_part(d, entry, at, 1) && (d->p == d->end || read_fields(d, entry, at));
    d->depth++;
    d->end = end;
    d->group = group;
    return ok || fail(d, d->status);
}

/* Reads one item, which gets what it has without any value first. */
static bool read_item(volint_decoder *d, const volint_field *f, char *at)
{
    const volint_field *value;
    if (f->message == NULL)
        return read_value(d, f, at);
    memcpy(at, f->message->none, f->message->size);
    if (f->label != VOLINT_MAPPED)
        return read_message(d, f, at, true);
    if (!read_entry(d, f->message, at))
        return false;
    value = &f->message->fields[1];
    if (is_pointer(value) && load_pointer(at + value->offset) == NULL) {
        store_pointer(at + value->offset, value->message->none);
        if ((value->message->parts & VOLINT_HAS_REQUIRED) != 0)
            d->late = true; /* unless another entry of the key has it all */
    }
    return true;
}

static bool read_run(volint_decoder *d, const volint_field *f, array *l, uint32_t tag)
{
    size_t count = count_run(d, f, tag), step = value_size(f), i;
    char *to = list_room(d, l, count, step);
    if (to == NULL)
        return false;
    for (i = 0; i < count; i++) {
        if ((i > 0 && !get_tag(d, &tag)) || !read_item(d, f, to + i * step))
            return false;
    }
    l->count += count;
    return true;
}

static bool read_list(volint_decoder *d, const volint_field *f, char *at, uint32_t tag)
{
    array l = load_list(at);
    bool ok = is_packed(f, tag & 7) ? read_packed(d, f, &l) : read_run(d, f, &l, tag);
    memcpy(at, &l, sizeof l);
    return ok;
}

/* Reads a message that may have come before, which it is then merged with. */
static bool read_single_message(volint_decoder *d, const volint_field *f, char *at)
{
    char *row = load_pointer(at);
    bool whole = row == NULL;
    if (whole) {
        row = (char *)take(d, 1, f->message->size);
        if (row == NULL)
            return false;
        memcpy(row, f->message->none, f->message->size);
        store_pointer(at, row);
    }
    return read_message(d, f, row, whole);
}

/* Makes a member what it is in a struct without any value. */
static void take_back(const volint_message *type, const volint_field *f, char *row)
{
    memcpy(row + f->offset, (const char *)type->none + f->offset, member_size(f));
    mark(type, f, row, false);
}

void volint_clear(const volint_message *type, void *row, size_t field)
{
    take_back(type, &type->fields[field], (char *)row);
}

/* Takes back the other members of a field's oneof, one of which may be set. */
static void clear_oneof(const volint_message *type, const volint_field *f, char *row)
{
    size_t i;
    for (i = 0; i < type->field_count; i++) {
        const volint_field *other = &type->fields[i];
        if (other->oneof != f->oneof || other == f || !is_there(type, other, row))
            continue;
        take_back(type, other, row);
    }
}

static bool read_field(volint_decoder *d, const volint_message *type, const volint_field *f, char *row, uint32_t tag)
{
    char *at = row + f->offset;
    if (f->label != VOLINT_SINGULAR)
        return read_list(d, f, at, tag);
    if (f->oneof != 0 && !is_there(type, f, row))
        clear_oneof(type, f, row);
    if (is_pointer(f))
        return read_single_message(d, f, at);
    mark(type, f, row, true);
    return read_value(d, f, at);
}

bool volint_part(volint_decoder *d, const volint_message *type, void *row, size_t field)
{
    const volint_field *f = &type->fields[field];
    uint32_t wire = (f->rules & VOLINT_RULE_PACKED) != 0 ? 2 : wire_type(f);
    return read_field(d, type, f, (char *)row, f->number << 3 | wire);
}

bool volint_other(volint_decoder *d, const volint_message *type, void *row)
{
    const volint_field *f;
    uint32_t tag;
    if (d->p == d->end || !get_tag(d, &tag))
        return false;
    if ((tag & 7) == 4 && d->group == tag >> 3) {
        d->group = 0;
        return false;
    }
    f = field_of_number(type, tag >> 3);
    if (f != NULL && (wire_type(f) == (tag & 7) || is_packed(f, tag & 7)))
        return read_field(d, type, f, (char *)row, tag);
    return skip(d, tag);
}

/* Judges what could not be judged before the end of the frame. */
static bool close_late(volint_decoder *d, const volint_message *type, char *row)
{
    size_t i, k;
    if ((type->parts & VOLINT_HAS_REQUIRED) != 0 && lacks_required(type, row))
        return fail(d, VOLINT_ERR_REQUIRED);
    if (!settle_maps(d, type, row))
        return false;
    for (i = 0; i < type->field_count; i++) {
        const volint_field *f = &type->fields[i];
        array l;
        if (f->message == NULL)
            continue;
        if (f->label == VOLINT_SINGULAR && !is_pointer(f))
            continue;
        if (is_pointer(f)) {
            l.items = load_pointer(row + f->offset);
            l.count = l.items != NULL;
        } else {
            l = load_list(row + f->offset);
        }
        for (k = 0; k < l.count; k++)
            if (!close_late(d, f->message, l.items + k * f->message->size))
                return false;
    }
    return true;
}

volint_status volint_close(volint_decoder *d, const volint_message *type, void *row)
{
    bool ok = d->status == VOLINT_OK && close_row(d, type, (char *)row, d->unknown, true);
    if (ok && d->late)
        ok = close_late(d, type, (char *)row);
    *d->nul = 0;
    if (ok)
        return VOLINT_OK;
    memcpy(row, type->none, type->size);
    if (d->arena != NULL)
        d->arena->used = d->arena_used;
    return d->status;
}

volint_status volint_decode(const volint_message *type, void *row, const void *frame, size_t size, volint_arena *arena)
{
    volint_decoder d;
    volint_start_const(&d, frame, size, arena);
    memcpy(row, type->none, type->size);
    read_fields(&d, type, (char *)row);
    return volint_close(&d, type, row);
}

volint_status volint_decode_inplace(const volint_message *type, void *row, void *frame, size_t size, volint_arena *arena)
{
    volint_decoder d;
    volint_start_inplace(&d, frame, size, arena);
    memcpy(row, type->none, type->size);
    read_fields(&d, type, (char *)row);
    return volint_close(&d, type, row);
}

/* ---- encoding ---- */

static size_t written(const volint_encoder *e) { return (size_t)(e->end - e->p) + e->lost; }

static bool has_room(const volint_encoder *e, size_t size) { return size <= (size_t)(e->p - e->start); }

/* Counts what has no room. */
static void lose(volint_encoder *e, size_t size)
{
    if (size > SIZE_MAX - (size_t)(e->end - e->start) - e->lost)
        e->status = VOLINT_ERR_LIMIT;
    else
        e->lost += size;
}

static void put(volint_encoder *e, const void *bytes, size_t size)
{
    if (!has_room(e, size)) {
        lose(e, size);
    } else if (size > 0) {
        e->p -= size;
        memcpy(e->p, bytes, size);
    }
}

static size_t number_size(uint64_t u)
{
#ifdef VOLINT_GNU
    return (size_t)((63 - __builtin_clzll(u | 1)) * 9 + 73) / 64;
#else
    size_t n = 1;
    for (; u >= 0x80; u >>= 7)
        n++;
    return n;
#endif
}

unsigned char *volint_number_before(unsigned char *p, uint64_t u)
{
    unsigned char *start = p -= number_size(u);
    for (; u >= 0x80; u >>= 7)
        *p++ = (unsigned char)(u | 0x80);
    *p = (unsigned char)u;
    return start;
}

static void put_long_number(volint_encoder *e, uint64_t u)
{
#ifndef VOLINT_SMALL
    if (has_room(e, 10)) {
        e->p = volint_wide_before(e->p, u);
        return;
    }
#endif
    if (has_room(e, number_size(u)))
        e->p = volint_number_before(e->p, u);
    else
        lose(e, number_size(u));
}

VOLINT_INLINE void put_number(volint_encoder *e, uint64_t u)
{
    if (u < 0x80 && e->p != e->start)
        *--e->p = (unsigned char)u;
    else
        put_long_number(e, u);
}

static void put_fixed(volint_encoder *e, uint64_t u, size_t size)
{
    unsigned char bytes[8];
    volint_store64(bytes, u);
    put(e, bytes, size);
}

static void put_tag(volint_encoder *e, const volint_field *f, uint32_t wire) { put_number(e, (uint64_t)f->number << 3 | wire); }

static uint64_t load_bits64(const volint_field *f, const char *at)
{
    bool b;
    uint32_t u32;
    uint64_t u64;
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_BOOL:
        memcpy(&b, at, sizeof b);
        return b;
    case VOLINT_AS_32:
    case VOLINT_AS_ZIGZAG32:
    case VOLINT_AS_FIXED32:
        memcpy(&u32, at, sizeof u32);
        return u32;
    default:
        memcpy(&u64, at, sizeof u64);
        return u64;
    }
}

/* A number as it stands on the wire. */
static void put_scalar(volint_encoder *e, const volint_field *f, const char *at)
{
    uint64_t u = load_bits64(f, at);
    switch ((volint_coding)f->coding) {
    case VOLINT_AS_FIXED32: put_fixed(e, u, 4); return;
    case VOLINT_AS_FIXED64: put_fixed(e, u, 8); return;
    case VOLINT_AS_ZIGZAG32: put_number(e, volint_zigzag32(volint_signed32((uint32_t)u))); return;
    case VOLINT_AS_ZIGZAG64: put_number(e, volint_zigzag64(volint_signed64(u))); return;
    case VOLINT_AS_32:
        if (f->kind != VOLINT_UINT32 && u >> 31 != 0)
            u |= UINT64_C(0xffffffff00000000);
        put_number(e, u);
        return;
    default: put_number(e, u); return;
    }
}

static void put_fields(volint_encoder *e, const volint_message *type, const char *row, bool entry);

static void put_message(volint_encoder *e, const volint_field *f, const char *row, bool entry)
{
    size_t behind = written(e);
    if (e->depth == 0)
        e->status = VOLINT_ERR_DEPTH;
    if (e->status != VOLINT_OK)
        return;
    e->depth--;
    if (f->coding == VOLINT_AS_GROUP)
        put_tag(e, f, 4);
    if (f->message->write != NULL)
        e->p = f->message->write(row, e, e->p);
    else
        put_fields(e, f->message, row, entry);
    if (f->coding != VOLINT_AS_GROUP)
        put_number(e, written(e) - behind);
    e->depth++;
}

static void put_text(volint_encoder *e, volint_str s)
{
    put(e, s.data, s.size);
    put_number(e, s.size);
}

/* A value with its tag. */
static void put_value(volint_encoder *e, const volint_field *f, const char *at)
{
    volint_str s;
    if (f->message != NULL) {
        put_message(e, f, is_pointer(f) ? load_pointer(at) : at, f->label == VOLINT_MAPPED);
    } else if (f->coding >= VOLINT_AS_BYTES) {
        memcpy(&s, at, sizeof s);
        put_text(e, s);
    } else {
        put_scalar(e, f, at);
    }
    put_tag(e, f, wire_type(f));
}

/* The numbers of a packed list, without asking each what it is. */
static void put_numbers64(volint_encoder *e, const array *l)
{
    uint64_t u;
    size_t i = l->count;
    while (i-- > 0) {
        memcpy(&u, l->items + i * sizeof u, sizeof u);
        put_number(e, u);
    }
}

static void put_packed(volint_encoder *e, const volint_field *f, const array *l)
{
    size_t size = value_size(f), behind = written(e), i = l->count;
    if (f->coding == VOLINT_AS_64)
        put_numbers64(e, l);
    else
        while (i-- > 0)
            put_scalar(e, f, l->items + i * size);
    put_number(e, written(e) - behind);
    put_tag(e, f, 2);
}

static void put_list(volint_encoder *e, const volint_field *f, const char *at)
{
    array l = load_list(at);
    size_t size = value_size(f);
    if (l.count > 0 && (f->rules & VOLINT_RULE_PACKED) != 0) {
        put_packed(e, f, &l);
        return;
    }
    while (l.count-- > 0 && e->status == VOLINT_OK)
        put_value(e, f, l.items + l.count * size);
}

/* Whether a singular field is written: one without presence is unless it is zero. */
static bool is_written(const volint_message *type, const volint_field *f, const char *row)
{
    volint_str s;
    if (f->bit >= 0 || is_pointer(f))
        return is_there(type, f, row);
    if (f->coding < VOLINT_AS_BYTES)
        return load_bits64(f, row + f->offset) != 0;
    memcpy(&s, row + f->offset, sizeof s);
    return s.size != 0;
}

/* Whether a part of a map's entry is written: all but a message that came without, so
 * that what was read at the last level can be read again. */
static bool is_entry_written(const volint_field *f, const char *at)
{
    const void *message;
    if (!is_pointer(f))
        return true;
    message = load_pointer(at);
    return message != NULL && message != f->message->none;
}

static void put_fields(volint_encoder *e, const volint_message *type, const char *row, bool entry)
{
    size_t i = type->field_count;
    while (i-- > 0 && e->status == VOLINT_OK) {
        const volint_field *f = in_order(type, i);
        if (f->label != VOLINT_SINGULAR)
            put_list(e, f, row + f->offset);
        else if (entry ? is_entry_written(f, row + f->offset) : is_written(type, f, row))
            put_value(e, f, row + f->offset);
    }
}

unsigned char *volint_put_near(volint_encoder *e, unsigned char *p, uint32_t tag, uint64_t value)
{
    e->p = p;
    switch (tag & 7) {
    case 1: put_fixed(e, value, 8); break;
    case 5: put_fixed(e, value, 4); break;
    default: put_number(e, value); break;
    }
    put_number(e, tag);
    return e->p;
}

unsigned char *volint_put_text(volint_encoder *e, unsigned char *p, uint32_t tag, volint_str value)
{
    e->p = p;
    put_text(e, value);
    put_number(e, tag);
    return e->p;
}

unsigned char *volint_put_field(volint_encoder *e, unsigned char *p, const volint_message *type, const void *row, size_t field)
{
    const volint_field *f = &type->fields[field];
    const char *at = (const char *)row + f->offset;
    e->p = p;
    if (e->status != VOLINT_OK)
        return p;
    if (f->label != VOLINT_SINGULAR)
        put_list(e, f, at);
    else
        put_value(e, f, at);
    return e->p;
}

volint_status volint_finish(volint_encoder *e, void *buffer, size_t *size)
{
    *size = 0;
    if (e->status != VOLINT_OK)
        return e->status;
    *size = written(e);
    if (e->lost > 0)
        return VOLINT_ERR_SPACE;
    if (*size > 0 && e->p != e->start)
        memmove(buffer, e->p, *size);
    return VOLINT_OK;
}

static void write_row(volint_encoder *e, const volint_message *type, const void *row, void *buffer, size_t capacity)
{
    volint_begin_encode(e, buffer, capacity);
    if (type->write != NULL)
        e->p = type->write(row, e, e->p);
    else
        put_fields(e, type, (const char *)row, false);
}

volint_status volint_encode(const volint_message *type, const void *row, void *buffer, size_t capacity, size_t *size)
{
    volint_encoder e;
    write_row(&e, type, row, buffer, capacity);
    return volint_finish(&e, buffer, size);
}

volint_status volint_encode_frame(const volint_message *type, const void *row, void *buffer, size_t capacity, size_t *size)
{
    volint_encoder e;
    write_row(&e, type, row, buffer, capacity);
    if (written(&e) > UINT32_MAX)
        e.status = VOLINT_ERR_LIMIT;
    put_fixed(&e, written(&e), 4);
    return volint_finish(&e, buffer, size);
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

/* One value at its place, and for an integer its 64 bits. */
static uint64_t load_value(const volint_field *f, const char *at, volint_value *v)
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
    case VOLINT_MESSAGE:
        v->as.message.type = f->message;
        v->as.message.row = is_pointer(f) ? load_pointer(at) : at;
        v->present = v->as.message.row != NULL;
        return 0;
    default: return 0;
    }
}

static volint_value value_at(const volint_field *f, const char *at)
{
    volint_value v;
    uint64_t number;
    memset(&v, 0, sizeof v);
    v.kind = f->kind;
    v.present = true;
    number = load_value(f, at, &v);
    if ((f->rules & VOLINT_RULE_ABSENT) != 0 && number == f->absent_value)
        v.present = false;
    return v;
}

volint_value volint_get(const volint_message *type, const void *row, size_t field)
{
    const volint_field *f = &type->fields[field];
    const char *at = (const char *)row + f->offset;
    volint_value v;
    if (f->label == VOLINT_SINGULAR) {
        v = value_at(f, at);
        v.present = v.present && is_there(type, f, (const char *)row);
        return v;
    }
    memset(&v, 0, sizeof v);
    v.kind = f->label == VOLINT_REPEATED ? VOLINT_LIST : VOLINT_MAP;
    v.present = true;
    v.as.list.field = f;
    v.as.list.items = load_list(at).items;
    v.as.list.count = load_list(at).count;
    return v;
}

/* A part of an item: of a list the item itself. */
static volint_value part_of_item(volint_value values, size_t index, size_t part)
{
    const volint_field *f = values.as.list.field;
    const char *item = (const char *)values.as.list.items + index * value_size(f);
    if (values.kind == VOLINT_LIST)
        return value_at(f, item);
    return value_at(&f->message->fields[part], item + f->message->fields[part].offset);
}

volint_value volint_item(volint_value values, size_t index) { return part_of_item(values, index, 1); }
volint_value volint_key(volint_value values, size_t index) { return part_of_item(values, index, 0); }

static bool read_timestamp(void *row, volint_decoder *d, const unsigned char *p, const unsigned char *end)
{
    volint_timestamp *t = (volint_timestamp *)row;
    volint_cursor c = volint_begin(d, p, end);
    do {
        if (volint_at(&c, 8))
            t->seconds = volint_int64(&c, d);
        if (volint_at(&c, 16))
            t->nanos = volint_int32(&c, d);
    } while (volint_more(&c, d, &volint_timestamp_message, row));
    return volint_done(&c, d);
}

#ifndef VOLINT_SMALL
static unsigned char *write_timestamp(const void *row, volint_encoder *e, unsigned char *p)
{
    const volint_timestamp *t = (const volint_timestamp *)row;
    volint_pen c = volint_take_pen(e, p);
    if (t->nanos != 0)
        volint_put_int32(&c, 16, t->nanos);
    if (t->seconds != 0)
        volint_put_int64(&c, 8, t->seconds);
    return c.p;
}
#endif

static const volint_timestamp no_time = {0, 0};

static const volint_field timestamp_fields[] = {
    {"seconds", 1, offsetof(volint_timestamp, seconds), VOLINT_INT64, VOLINT_SINGULAR, VOLINT_PLAIN, -1, 0, VOLINT_AS_64, 0, 0, NULL, NULL},
    {"nanos", 2, offsetof(volint_timestamp, nanos), VOLINT_INT32, VOLINT_SINGULAR, VOLINT_PLAIN, -1, 0, VOLINT_AS_32, 0, 0, NULL, NULL},
};

const volint_message volint_timestamp_message = {
    "google.protobuf.Timestamp", sizeof(volint_timestamp), 0, 0, timestamp_fields, 2, NULL, &no_time, 0, read_timestamp, VOLINT_OWN(write_timestamp),
};

const char *volint_enum_name(const volint_field *field, int32_t number)
{
    const volint_enum_value *v = field->values;
    for (; v != NULL && v->name != NULL; v++)
        if (v->number == number)
            return v->name;
    return NULL;
}

const volint_enum_value volint_absence_names[] = {
    {"ABSENCE_UNSPECIFIED", VOLINT_ABSENCE_UNSPECIFIED},
    {"ABSENCE_UNKNOWN", VOLINT_ABSENCE_UNKNOWN},
    {"ABSENCE_UNREADABLE", VOLINT_ABSENCE_UNREADABLE},
    {"ABSENCE_UNPARSABLE", VOLINT_ABSENCE_UNPARSABLE},
    {"ABSENCE_NOT_APPLICABLE", VOLINT_ABSENCE_NOT_APPLICABLE},
    {"ABSENCE_NOT_AVAILABLE", VOLINT_ABSENCE_NOT_AVAILABLE},
    {NULL, 0},
};

/* ---- commands ---- */

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* The next letter or digit of a name in lower case, or 0 at its end. */
static int fold_next(const char **p, const char *end)
{
    for (; *p != end; ++*p) {
        char c = lower(**p);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            ++*p;
            return c;
        }
    }
    return 0;
}

/* Whether two names have the same letters and digits, and any at all. */
static bool fold_equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    const char *a_end = a + a_size, *b_end = b + b_size;
    int x = fold_next(&a, a_end), y = fold_next(&b, b_end);
    bool any = x != 0;
    while (x == y && x != 0) {
        x = fold_next(&a, a_end);
        y = fold_next(&b, b_end);
    }
    return any && x == y;
}

/* The size of a plugin's name less its class, 0 where it has no dot. */
static size_t less_class(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot == NULL ? 0 : (size_t)(dot - name);
}

/* The size of a message's name less its last word, 0 where it has but one: words
 * are parted by underscores or, in a name without any, start with a capital. */
static size_t less_word(const char *name)
{
    const char *last = strrchr(name, '_'), *p;
    if (last == NULL)
        for (p = name; *p != 0; p++)
            if (*p >= 'A' && *p <= 'Z')
                last = p;
    return last == NULL ? 0 : (size_t)(last - name);
}

/* The ways to find a name, the strictest first. */
enum way {
    BY_OWN_NAME,   /* the command's name or the message's full one, as it is */
    BY_ANY_NAME,   /* these, the message's own and the plugin's */
    BY_MODULE,     /* the plugin's less its class */
    BY_ANY_CASE,   /* any name, upper and lower case being the same */
    BY_FOLDED,     /* any name, folded */
    BY_SHORT,      /* names less their class or their last word, folded */
    BY_LESS_CLASS, /* the same, with the wanted name less its class */
    WAYS
};

/* Whether the first size characters of a name are the wanted one, as a way compares
 * them. */
static bool is_name(enum way way, const char *name, size_t size, const char *wanted, size_t wanted_size)
{
    size_t i;
    if (way >= BY_FOLDED)
        return fold_equal(name, size, wanted, wanted_size);
    if (size != wanted_size || size == 0)
        return false;
    for (i = 0; i < size; i++)
        if (way == BY_ANY_CASE ? lower(name[i]) != lower(wanted[i]) : name[i] != wanted[i])
            return false;
    return true;
}

static bool is_plugin(enum way way, const char *plugin, const char *wanted, size_t size)
{
    bool whole = way == BY_ANY_NAME || way == BY_ANY_CASE || way == BY_FOLDED;
    return is_name(way, plugin, whole ? strlen(plugin) : less_class(plugin), wanted, size);
}

/* The i-th name of a command's plugin, in either version; NULL behind the last. */
static const char *plugin_name(const volint_command *c, size_t i)
{
    const char *const versions[2] = {c->volatility2, c->volatility3};
    if (i < 2)
        return versions[i] == NULL ? "" : versions[i];
    return c->aliases == NULL ? NULL : c->aliases[i - 2];
}

/* Whether a command has a plugin of the wanted name; owned, whether it has that
 * plugin's name itself, less its class or not: then it is meant by that. */
static bool has_plugin(const volint_command *c, enum way way, const char *wanted, size_t size, bool *owned)
{
    const char *plugin;
    bool has = false;
    size_t i;
    for (i = 0; way != BY_OWN_NAME && (plugin = plugin_name(c, i)) != NULL; i++) {
        if (!is_plugin(way, plugin, wanted, size))
            continue;
        has = true;
        if (strcmp(c->name, plugin) == 0 ||
            is_name(BY_MODULE, plugin, less_class(plugin), c->name, strlen(c->name)))
            *owned = true;
    }
    return has;
}

static bool goes_by(const volint_command *c, enum way way, const char *wanted, size_t size, bool *owned)
{
    const char *full = c->message->name, *dot = strrchr(full, '.'), *own = dot == NULL ? full : dot + 1;
    bool looked_up = (c->volatility2 != NULL && *c->volatility2 == 0) || (c->volatility3 != NULL && *c->volatility3 == 0);
    if (has_plugin(c, way, wanted, size, owned))
        return true;
    if (way == BY_MODULE)
        return false;
    if (is_name(way, c->name, strlen(c->name), wanted, size))
        return true;
    if (way >= BY_SHORT)
        return looked_up && is_name(way, own, less_word(own), wanted, size);
    return is_name(way, full, strlen(full), wanted, size) ||
           (way != BY_OWN_NAME && is_name(way, own, strlen(own), wanted, size));
}

volint_status volint_find_in(const volint_command *const *tables, const char *name, const volint_command **found)
{
    int way;
    *found = NULL;
    for (way = 0; way < WAYS; way++) {
        size_t size = way == BY_LESS_CLASS ? less_class(name) : strlen(name);
        const volint_command *const *t, *c, *own = NULL;
        int fitting = 0, owners = 0;
        for (t = tables; *t != NULL; t++)
            for (c = *t; c->name != NULL; c++) {
                bool owned = false;
                if (!goes_by(c, (enum way)way, name, size, &owned))
                    continue;
                fitting++;
                *found = c;
                if (owned) {
                    owners++;
                    own = c;
                }
            }
        if (fitting > 1)
            *found = owners == 1 ? own : NULL;
        if (fitting > 0)
            return *found == NULL ? VOLINT_ERR_AMBIGUOUS : VOLINT_OK;
    }
    return VOLINT_ERR_UNKNOWN;
}

volint_status volint_find(const volint_command *commands, const char *name, const volint_command **found)
{
    const volint_command *tables[2];
    tables[0] = commands;
    tables[1] = NULL;
    return volint_find_in(tables, name, found);
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
    if (status != VOLINT_OK) {
        r->at = r->offset + (r->end - r->begin);
        return status;
    }
    r->at = r->offset;
    r->count++;
    r->next_offset += (uint64_t)r->size + 4;
    if (r->buffer != NULL && r->begin < r->end) {
        r->held = true;
        r->held_byte = r->buffer[r->begin];
    }
    return VOLINT_OK;
}

/* ---- volatility_interface.h: running volint ---- */

#ifndef VOLINT_NO_PROCESS

#include "volatility_interface.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#if defined(__APPLE__)
#include <crt_externs.h>
#define environ (*_NSGetEnviron())
#elif !defined(__linux__)
#ifdef __cplusplus
extern "C" {
#endif
extern char **environ;
#ifdef __cplusplus
}
#endif
#endif

/* A session is one process, `volint host`, which keeps a warm Volatility. The program
 * and it have a pair of sockets, by which the program sends its settings and then a
 * message for each command, with three pipes: the rows come on one, what is said
 * about them on another, and on the third the verdict, `ok ROWS` or `failed`. It takes
 * a verdict to tell the end, since another thread's child may have a copy of any end
 * of a pipe, and an end of file then never comes.
 *
 * The process that is started starts the one that stays, and ends: the program has no
 * child that it could meet where it waits for others, and none is left as a zombie.
 * It ends when its socket does, and when the program does, whoever has its sockets.
 */
#define SESSION_FD 3
#define MEMORY_FD 4

/* How long volint may take to start, how long to end when it was asked to, and how
 * long a process that has said its last may take. Milliseconds. */
#define STARTING_TIME 60000
#define STOPPING_TIME 3000
#define ENDING_TIME 10000

/* How often a volint that says nothing is looked at, in milliseconds: it may have died
 * while some other process holds its end of a pipe. */
#define LOOK_INTERVAL 500

/* What vol_run and vol_run_cmd keep: how many sessions that nobody uses, and for how
 * many seconds. */
#ifndef VOLINT_IDLE_SESSIONS
#define VOLINT_IDLE_SESSIONS 4
#endif
#ifndef VOLINT_IDLE_SECONDS
#define VOLINT_IDLE_SECONDS 300
#endif

/* What is kept of what is said about a command, in bytes. */
#define SAID_SIZE 32768

#define ERROR_SIZE 8192
#define WARNINGS_SIZE 4096

/* The texts of the last run of each thread. They are fixed in size, so that a
 * failure can be told when memory is short, and nothing is left to free. */
#if defined(__GNUC__)
#define OF_THREAD static __thread
#else
#define OF_THREAD static _Thread_local
#endif
OF_THREAD char last_error[ERROR_SIZE];
OF_THREAD char last_warnings[WARNINGS_SIZE];

const char *vol_last_error(void) { return last_error[0] == 0 ? NULL : last_error; }
const char *vol_last_warnings(void) { return last_warnings[0] == 0 ? NULL : last_warnings; }

/* Appends to a text of fixed size; what does not fit is cut. */
static void append(char *text, size_t capacity, const char *more, size_t size)
{
    size_t used = strlen(text);
    if (size > capacity - 1 - used)
        size = capacity - 1 - used;
    memcpy(text + used, more, size);
    text[used + size] = 0;
}

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
static void say_error(const char *format, ...)
{
    size_t used = strlen(last_error);
    va_list args;
    va_start(args, format);
    vsnprintf(last_error + used, sizeof last_error - used, format, args);
    va_end(args);
}

/* Ends a line of last_error with the system's reason; strerror is not safe in
 * threads everywhere. */
static void say_reason(int error)
{
    switch (error) {
    case ENOENT: say_error(": there is no such file\n"); return;
    case EACCES: say_error(": permission denied\n"); return;
    case ENOEXEC: say_error(": it is no program\n"); return;
    case E2BIG: say_error(": the command or the environment is too long\n"); return;
    case ENOMEM: say_error(": there is not enough memory\n"); return;
    case EMFILE:
    case ENFILE: say_error(": too many files are open\n"); return;
    case EAGAIN: say_error(": too many processes\n"); return;
    }
    say_error(": system error %d\n", error);
}

static void say_system_error(const char *what, int error)
{
    say_error("error: %s", what);
    say_reason(error);
}

static bool is_set(const char *text) { return text != NULL && text[0] != 0; }

/* ---- time ---- */

static void sleep_ms(long ms)
{
    struct timespec t;
    t.tv_sec = ms / 1000;
    t.tv_nsec = ms % 1000 * 1000000;
    /* Cut short by a signal, it only looks sooner. */
    nanosleep(&t, NULL);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is left up to a moment, as poll takes it, of most at most. */
static int time_left(int64_t until, int most)
{
    int64_t left = until - now_ms();
    return left <= 0 ? 0 : left < most ? (int)left : most;
}

/* ---- what threads share ---- */

#if defined(__GNUC__)
typedef int shared;
static int shared_get(shared *x) { return __atomic_load_n(x, __ATOMIC_ACQUIRE); }
static void shared_set(shared *x, int to) { __atomic_store_n(x, to, __ATOMIC_RELEASE); }
static int shared_add(shared *x, int more) { return __atomic_add_fetch(x, more, __ATOMIC_ACQ_REL); }
static bool shared_swap(shared *x, int from, int to)
{
    return __atomic_compare_exchange_n(x, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
#else
#include <stdatomic.h>
typedef atomic_int shared;
static int shared_get(shared *x) { return atomic_load(x); }
static void shared_set(shared *x, int to) { atomic_store(x, to); }
static int shared_add(shared *x, int more) { return atomic_fetch_add(x, more) + more; }
static bool shared_swap(shared *x, int from, int to) { return atomic_compare_exchange_strong(x, &from, to); }
#endif

enum { FAILED = 0, TAKEN, INHERITED };

/* A lock holds the number of the process that has it. After fork() a lock that one of
 * the parent's other threads held would be held for ever by nobody: the child sees
 * that it is not its own, and takes it. None is held while a command runs.
 */
static int try_lock(shared *lock)
{
    int own = (int)getpid(), holder = shared_get(lock);
    if (holder == own || !shared_swap(lock, holder, own))
        return FAILED;
    return holder == 0 ? TAKEN : INHERITED;
}

/* What an inherited lock is around may be half changed. */
static int take_lock(shared *lock)
{
    int how, tries = 0;
    while ((how = try_lock(lock)) == FAILED) {
        if (++tries < 100)
            sched_yield();
        else
            sleep_ms(1);
    }
    return how;
}

static void give_lock(shared *lock) { shared_set(lock, 0); }

/* ---- messages ---- */

/* Texts KEY=VALUE, each ended by a NUL, behind their length. */
typedef struct message {
    char *data;
    size_t size, capacity;
    bool full; /* there was no memory for all of it */
} message;

static void add_bytes(message *m, const void *bytes, size_t size)
{
    if (m->full)
        return;
    if (size > m->capacity - m->size) {
        size_t capacity = m->capacity * 2 + size + 256;
        char *larger = (char *)realloc(m->data, capacity);
        m->full = larger == NULL;
        if (m->full)
            return;
        m->data = larger;
        m->capacity = capacity;
    }
    memcpy(m->data + m->size, bytes, size);
    m->size += size;
}

/* Adds a text, whose value may be cut out of a longer one. */
static void add_part(message *m, const char *key, const char *value, size_t size)
{
    if (m->size == 0)
        add_bytes(m, "\0\0\0", 4);
    add_bytes(m, key, strlen(key));
    add_bytes(m, "=", 1);
    add_bytes(m, value, size);
    add_bytes(m, "", 1);
    if (!m->full)
        volint_store32((unsigned char *)m->data, (uint32_t)(m->size - 4));
}

/* Adds a text, if there is a value. */
static void add_text(message *m, const char *key, const char *value)
{
    if (is_set(value))
        add_part(m, key, value, strlen(value));
}

static void add_number(message *m, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    add_text(m, key, text);
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* Adds each word of a command; false where there is none. */
static bool add_words(message *m, const char *command)
{
    bool any = false;
    while (*command != 0) {
        size_t size = 0;
        while (command[size] != 0 && !is_space(command[size]))
            size++;
        if (size > 0) {
            add_part(m, "word", command, size);
            any = true;
        }
        command += size == 0 ? 1 : size;
    }
    return any;
}

/* ---- descriptors ---- */

/* Closes a descriptor once. */
static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Moves a descriptor out of the way of those that volint gets. */
static bool move_up(int *fd)
{
    int moved;
    if (*fd > MEMORY_FD)
        return true;
    moved = fcntl(*fd, F_DUPFD_CLOEXEC, MEMORY_FD + 1);
    if (moved < 0)
        return false;
    close(*fd);
    *fd = moved;
    return true;
}

/* Keeps a descriptor from the children of other threads, as well as can be where the
 * system does not do it by itself. */
static void keep_own(int fd)
{
#if defined(__APPLE__)
    int on = 1;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#else
    (void)fd;
#endif
}

#if defined(__APPLE__)
#define OWN_SOCKET SOCK_STREAM
#define OWN_PIPE(fd) pipe(fd)
#define QUIETLY MSG_DONTWAIT
#else
#define OWN_SOCKET (SOCK_STREAM | SOCK_CLOEXEC)
#define OWN_PIPE(fd) pipe2(fd, O_CLOEXEC)
#define QUIETLY (MSG_DONTWAIT | MSG_NOSIGNAL)
#endif

/* Our end of two, and the other. */
static bool own_ends(const int *fd, int *ours, int *theirs)
{
    keep_own(fd[0]);
    keep_own(fd[1]);
    *ours = fd[0];
    *theirs = fd[1];
    return move_up(ours) && move_up(theirs);
}

/* A pipe; reading from it does not block. */
static bool open_pipe(int *from, int *to)
{
    int fd[2], flags;
    if (OWN_PIPE(fd) != 0 || !own_ends(fd, from, to))
        return false;
    flags = fcntl(*from, F_GETFL);
    return flags >= 0 && fcntl(*from, F_SETFL, flags | O_NONBLOCK) == 0;
}

static bool open_pair(int *ours, int *theirs)
{
    int fd[2];
    return socketpair(AF_UNIX, OWN_SOCKET, 0, fd) == 0 && own_ends(fd, ours, theirs);
}

/* Waits for a descriptor, up to a moment or a signal. */
static void wait_for_fd(int fd, short events, int64_t until)
{
    struct pollfd p;
    p.fd = fd;
    p.events = events;
    p.revents = 0;
    (void)poll(&p, 1, time_left(until, LOOK_INTERVAL));
}

/* The most descriptors that a message has; a process's credentials take no more room. */
enum { PASSED = 3 };

typedef union passing {
    struct cmsghdr header; /* aligns the room */
    char room[CMSG_SPACE(PASSED * sizeof(int))];
} passing;

/* Sends as much as it can without waiting, with descriptors. */
static ssize_t send_part(int fd, char *data, size_t size, const int *fds, size_t count)
{
    passing control;
    struct iovec part;
    struct msghdr m;
    ssize_t n;
    memset(&m, 0, sizeof m);
    part.iov_base = data;
    part.iov_len = size;
    m.msg_iov = &part;
    m.msg_iovlen = 1;
    if (count > 0) {
        struct cmsghdr *header;
        memset(&control, 0, sizeof control);
        m.msg_control = control.room;
        m.msg_controllen = CMSG_SPACE(count * sizeof *fds);
        header = CMSG_FIRSTHDR(&m);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof *fds);
        memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
    }
    do
        n = sendmsg(fd, &m, QUIETLY);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Receives bytes without waiting, and what comes with them of that type, if it does. */
static ssize_t receive_part(int fd, void *into, size_t size, int type, void *with, size_t with_size)
{
    passing control;
    struct iovec part;
    struct msghdr m;
    struct cmsghdr *header;
    ssize_t n;
    int flags = MSG_DONTWAIT;
#if defined(MSG_CMSG_CLOEXEC)
    flags |= MSG_CMSG_CLOEXEC;
#endif
    memset(&m, 0, sizeof m);
    memset(&control, 0, sizeof control);
    part.iov_base = into;
    part.iov_len = size;
    m.msg_iov = &part;
    m.msg_iovlen = 1;
    m.msg_control = control.room;
    m.msg_controllen = CMSG_SPACE(with_size);
    do
        n = recvmsg(fd, &m, flags);
    while (n < 0 && errno == EINTR);
    header = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == type && header->cmsg_len >= CMSG_LEN(with_size))
        memcpy(with, CMSG_DATA(header), with_size);
    return n;
}

#if defined(__linux__)
static bool has_input(int fd)
{
    struct pollfd p;
    p.fd = fd;
    p.events = POLLIN;
    p.revents = 0;
    return poll(&p, 1, 0) > 0;
}
#endif

/* Reads exactly so many bytes, up to a moment. */
static bool receive(int fd, void *into, size_t size, int64_t until)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = recv(fd, (char *)into + done, size - done, MSG_DONTWAIT);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) || now_ms() >= until)
            return false;
        else
            wait_for_fd(fd, POLLIN, until);
    }
    return true;
}

/* ---- what is said ---- */

static bool begins(const char *line, size_t size, const char *with)
{
    return size >= strlen(with) && memcmp(line, with, strlen(with)) == 0;
}

/* The size of the line at text, its newline included if it has one. */
static size_t line_size(const char *text, size_t size)
{
    const char *end = (const char *)memchr(text, '\n', size);
    return end == NULL ? size : (size_t)(end - text) + 1;
}

/* Where the last line `error: ...` of a text begins; its end where there is none. */
static size_t find_error(const char *text, size_t size)
{
    size_t at, n, error = size;
    for (at = 0; at < size; at += n) {
        n = line_size(text + at, size - at);
        if (begins(text + at, n, "error:"))
            error = at;
    }
    return error;
}

/* Copies volint's own error line and what followed it; false if it gave none. */
static bool say_reason_of(const char *text, size_t size)
{
    size_t at = find_error(text, size), n;
    if (at == size)
        return false;
    for (; at < size; at += n) {
        n = line_size(text + at, size - at);
        if (!begins(text + at, n, "warning:") && !begins(text + at, n, "log:"))
            append(last_error, sizeof last_error, text + at, n);
    }
    if (last_error[strlen(last_error) - 1] != '\n')
        append(last_error, sizeof last_error, "\n", 1);
    return true;
}

/* Copies the end of a text, as much as there is room for. */
static void say_end_of(const char *text, size_t size)
{
    size_t room = sizeof last_error - strlen(last_error) - 1;
    if (size > room) {
        text += size - room;
        size = room;
    }
    append(last_error, sizeof last_error, text, size);
}

/* Reads what there is in a pipe without waiting; false once there is no more for now.
 * A pipe that has ended is closed. */
static bool read_some(int *fd, void *into, size_t capacity, size_t *size)
{
    ssize_t n;
    do
        n = read(*fd, into, capacity);
    while (n < 0 && errno == EINTR);
    *size = n > 0 ? (size_t)n : 0;
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
        shut(fd);
    return n > 0;
}

#define VERSION_HINT "hint: see that VOLINT_BIN is the volint of this version\n"

/* ---- starting volint ---- */

/* The process that is started; it starts the one that stays. */
typedef struct starter {
    pid_t pid;
    bool gone;         /* it has ended */
    bool status_known; /* false where someone else took its status */
    int status;
} starter;

enum { SESSION_END, SAID_END, MEMORY_END, ENDS };

static int spawn_actions(posix_spawn_file_actions_t *actions, const int *to)
{
    int e = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (e == 0)
        e = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(actions, to[SAID_END], 2);
    if (e == 0)
        e = posix_spawn_file_actions_adddup2(actions, to[SESSION_END], SESSION_FD);
    if (e == 0 && to[MEMORY_END] >= 0)
        e = posix_spawn_file_actions_adddup2(actions, to[MEMORY_END], MEMORY_FD);
    return e;
}

/* The child starts with the signals of a fresh process: a caller that ignores
 * SIGCHLD or SIGPIPE would hand that down. */
static int spawn_signals(posix_spawnattr_t *attributes)
{
    sigset_t none, reset;
    int e;
    sigemptyset(&none);
    sigemptyset(&reset);
    sigaddset(&reset, SIGCHLD);
    sigaddset(&reset, SIGPIPE);
    e = posix_spawnattr_setsigmask(attributes, &none);
    if (e == 0)
        e = posix_spawnattr_setsigdefault(attributes, &reset);
    if (e == 0)
        e = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return e;
}

static int spawn(pid_t *pid, char **argv, const int *to)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int e = posix_spawn_file_actions_init(&actions);
    if (e != 0)
        return e;
    e = posix_spawnattr_init(&attributes);
    if (e == 0) {
        e = spawn_actions(&actions, to);
        if (e == 0)
            e = spawn_signals(&attributes);
        if (e == 0)
            e = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return e;
}

/* Looks, without waiting, whether it has ended. */
static void look_at_starter(starter *c)
{
    pid_t p;
    if (c->gone)
        return;
    do
        p = waitpid(c->pid, &c->status, WNOHANG);
    while (p < 0 && errno == EINTR);
    if (p == 0)
        return;
    c->gone = true;
    c->status_known = p == c->pid;
}

/* Waits for it to end, up to so many milliseconds. */
static bool wait_for_starter(starter *c, int64_t ms)
{
    int64_t until = now_ms() + ms;
    long pause = 1;
    for (look_at_starter(c); !c->gone && now_ms() < until; look_at_starter(c)) {
        sleep_ms(pause);
        pause = pause < 50 ? pause * 2 : 50;
    }
    return c->gone;
}

/* ---- a volint that runs ---- */

/* It lasts as long as somebody uses it: its session, and each command that was started
 * on it. */
typedef struct host {
    shared users;
    shared lock;   /* around what is sent, and what it said */
    shared dead;   /* it takes no more commands */
    shared passed_all; /* it passes on no more connections */
    pid_t pid;     /* of volint; 0 where it is not known */
    bool ours;     /* the program is the parent of all orphans, and so of volint */
    pid_t program; /* that started it: a child made by fork() leaves it alone */
    int fd;        /* for messages */
    int memory;    /* for connections to the program's memory; -1 for none */
    int said;      /* its standard error */
    char last[2048]; /* what it said there last */
    size_t last_size;
    uint64_t runs; /* how many commands were started */
} host;

/* Sends a message with descriptors; the result is 0 or an errno. After EPIPE volint
 * takes no more. */
static int send_message(host *h, message *m, const int *fds, size_t count, int64_t until)
{
    size_t done = 0;
    int error = 0;
    if (m->full)
        return ENOMEM;
    take_lock(&h->lock);
    while (done < m->size && error == 0) {
        ssize_t n = send_part(h->fd, m->data + done, m->size - done, fds, done == 0 ? count : 0);
        if (n >= 0)
            done += (size_t)n;
        else if (errno == ECONNRESET)
            error = EPIPE;
        else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS && errno != ETOOMANYREFS)
            error = errno;
        else if (now_ms() >= until)
            error = ETIMEDOUT;
        else if (errno == ETOOMANYREFS)
            sleep_ms(1);
        else
            wait_for_fd(h->fd, POLLOUT, until);
    }
    /* Nothing can follow half a message. */
    if (error == EPIPE || (error != 0 && done > 0))
        shared_set(&h->dead, 1);
    give_lock(&h->lock);
    return error;
}

/* Keeps the end of what volint says on its standard error. */
static void hear(host *h)
{
    char more[1024];
    size_t n, drop;
    while (h->said >= 0 && read_some(&h->said, more, sizeof more, &n)) {
        drop = h->last_size + n > sizeof h->last ? h->last_size + n - sizeof h->last : 0;
        memmove(h->last, h->last + drop, h->last_size - drop);
        h->last_size -= drop;
        memcpy(h->last + h->last_size, more, n);
        h->last_size += n;
    }
}

/* Whether volint has closed its end. Once it has said which process it is, it says
 * nothing more there. */
static bool has_hung_up(const host *h)
{
    char bytes[64];
    ssize_t n;
    do
        n = recv(h->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    while (n > 0 || (n < 0 && errno == EINTR));
    return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

/* Whether volint has ended. Its end of the socket may live on in a child of another
 * thread's, and itself as a zombie, where the program is its parent. */
static bool has_ended(host *h)
{
    if (shared_get(&h->dead) == 0 && !has_hung_up(h)) {
        bool waited = h->ours && waitpid(h->pid, NULL, WNOHANG) == h->pid;
        if (h->pid <= 0 || (!waited && (kill(h->pid, 0) == 0 || errno != ESRCH)))
            return false;
    }
    shared_set(&h->dead, 1);
    return true;
}

/* Leaves no zombie of one that has ended, or is about to. */
static void bury(const host *h)
{
    int64_t until = now_ms() + STOPPING_TIME;
    while (h->ours && waitpid(h->pid, NULL, WNOHANG) == 0 && now_ms() < until)
        sleep_ms(1);
}

/* Volint says that it is there. The system tells which process it is, by the number
 * that it has here, whatever it has elsewhere. */
static bool read_greeting(host *h, int64_t until)
{
    unsigned char length[4], text[64];
    uint32_t size;
#if defined(__linux__)
    struct ucred from;
    memset(&from, 0, sizeof from);
    while (!has_input(h->fd) && now_ms() < until)
        wait_for_fd(h->fd, POLLIN, until);
    if (receive_part(h->fd, length, sizeof length, SCM_CREDENTIALS, &from, sizeof from) != sizeof length)
        return false;
    h->pid = from.pid;
#else
    if (!receive(h->fd, length, sizeof length, until))
        return false;
#endif
    size = volint_load32(length);
    return size <= sizeof text && receive(h->fd, text, size, until);
}

/* Says why volint did not start. */
static void say_no_start(host *h, starter *c)
{
    hear(h);
    if (say_reason_of(h->last, h->last_size)) {
        say_error(VERSION_HINT);
        return;
    }
    if (!c->gone)
        say_error("error: volint does not start\n");
    else if (c->status_known && WIFSIGNALED(c->status))
        say_error("error: volint was ended by signal %d when it started\n", WTERMSIG(c->status));
    else if (c->status_known && WEXITSTATUS(c->status) != 0)
        say_error("error: volint ended with status %d when it started, and did not say why\n", WEXITSTATUS(c->status));
    else
        say_error("error: volint ended when it started, and did not say why\n");
    say_error(VERSION_HINT);
    say_end_of(h->last, h->last_size);
}

static bool greet(host *h, starter *c, message *settings, int64_t until)
{
    int error = send_message(h, settings, NULL, 0, until);
    bool ok;
    if (error != 0 && error != EPIPE) {
        say_system_error("volint can't be told what to do", error);
        ok = false;
    } else {
        ok = error == 0 && read_greeting(h, until);
    }
    /* One that said something else, or closed the socket, most likely ends, and how is
     * worth telling; one that says nothing does not. */
    wait_for_starter(c, ok || now_ms() < until ? ENDING_TIME : LOOK_INTERVAL);
    h->ours = ok && h->pid > 0 && waitpid(h->pid, NULL, WNOHANG) == 0;
    if (!ok && last_error[0] == 0)
        say_no_start(h, c);
    if (!c->gone) {
        kill(c->pid, SIGKILL);
        wait_for_starter(c, ENDING_TIME);
    }
    return ok;
}

/* Has the system tell who sends what is received: see read_greeting. */
static void ask_for_sender(int fd)
{
#if defined(__linux__)
    int on = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
#else
    (void)fd;
#endif
}

static bool open_ends(host *h, int *theirs, bool memory)
{
    return open_pair(&h->fd, &theirs[SESSION_END]) && open_pipe(&h->said, &theirs[SAID_END]) &&
           (!memory || open_pair(&h->memory, &theirs[MEMORY_END]));
}

static void leave_host(host *h);

/* Starts volint with settings, or says why not. */
static host *start_host(char *volint, message *settings, bool memory, int64_t until)
{
    char word[] = "host";
    char *argv[3];
    int theirs[ENDS] = {-1, -1, -1}, i, e;
    starter c;
    host *h = (host *)calloc(1, sizeof *h);
    bool open, ok = false;
    if (h == NULL) {
        say_system_error("can't start volint", ENOMEM);
        return NULL;
    }
    memset(&c, 0, sizeof c);
    argv[0] = volint;
    argv[1] = word;
    argv[2] = NULL;
    h->users = 1;
    h->program = getpid();
    h->fd = h->memory = h->said = -1;
    open = open_ends(h, theirs, memory);
    if (open)
        ask_for_sender(h->fd);
    e = open ? spawn(&c.pid, argv, theirs) : errno;
    for (i = 0; i < ENDS; i++)
        shut(&theirs[i]);
    if (!open) {
        say_system_error("can't open a pipe", e);
    } else if (e != 0) {
        say_error("error: can't start volint, looked for as %s", volint);
        say_reason(e);
        say_error("hint: install volint, or set VOLINT_BIN to the path of its binary\n");
    } else {
        ok = greet(h, &c, settings, until);
    }
    if (ok)
        return h;
    leave_host(h);
    return NULL;
}

/* Gives up a share in a volint. Without any it ends by itself, since nobody has the
 * other end of its socket; a child may still have a copy. */
static void leave_host(host *h)
{
    if (h == NULL || shared_add(&h->users, -1) > 0)
        return;
    if (h->program == getpid() && h->fd >= 0) {
        (void)shutdown(h->fd, SHUT_WR);
        if (shared_get(&h->dead) != 0)
            bury(h);
    }
    shut(&h->fd);
    shut(&h->memory);
    shut(&h->said);
    free(h);
}

/* Asks volint to end, and waits until it has. */
static void end_host(host *h)
{
    int64_t until = now_ms() + STOPPING_TIME;
    (void)shutdown(h->fd, SHUT_WR);
    while (!has_hung_up(h) && now_ms() < until)
        wait_for_fd(h->fd, POLLIN, until);
    /* One that is stopped can't end by itself. Its number is no other process's while
     * its end of the socket is open. */
    if (!has_hung_up(h) && h->pid > 0)
        kill(h->pid, SIGKILL);
    shared_set(&h->dead, 1);
    bury(h);
}

/* ---- sessions ---- */

struct vol_session {
    shared users;  /* its owner, and each command on it */
    shared lock;   /* around host */
    shared serving; /* around server */
    shared closed;
    pid_t process; /* that opened it */
    host *volint;  /* NULL before the first command, and when it was left */
    char *binary;
    message settings;
    unsigned timeout;
    size_t frame_limit;
    const vol_server *functions; /* of server */
    void *server;                /* of the program's own memory; NULL for none */
    /* of those that vol_run keeps */
    message key;
    int used;      /* by so many calls now */
    int64_t since; /* when the last of those ended */
    struct vol_session *next;
};

/* The session whose memory this thread serves now. */
OF_THREAD const vol_session *served;

static bool copy_settings(vol_session *s, const vol_options *o, const char *image, const char *profile)
{
    const char *binary = is_set(o->volint) ? o->volint : getenv("VOLINT_BIN");
    const char *version = is_set(o->volatility) ? o->volatility : getenv("VOLINT_VOLATILITY");
    size_t size;
    if (!is_set(binary))
        binary = "volint";
    if (!is_set(version))
        version = is_set(profile) ? "2" : "3";
    size = strlen(binary) + 1;
    s->binary = (char *)malloc(size);
    if (s->binary != NULL)
        memcpy(s->binary, binary, size);
    add_text(&s->settings, "image", image);
    add_text(&s->settings, "volatility", version);
    if (strcmp(version, "3") != 0)
        add_text(&s->settings, "profile", profile);
    add_text(&s->settings, "plugins", o->plugins);
    add_text(&s->settings, "symbols", o->symbols);
    add_text(&s->settings, "python", o->python);
    add_text(&s->settings, "strict", o->strict ? "1" : NULL);
    return s->binary != NULL && !s->settings.full;
}

static void leave_session(vol_session *s)
{
    if (s == NULL || shared_add(&s->users, -1) > 0)
        return;
    leave_host(s->volint);
    free(s->binary);
    free(s->settings.data);
    free(s->key.data);
    free(s);
}

static vol_session *new_session(const vol_options *o, const char *image, const char *profile)
{
    vol_session *s = (vol_session *)calloc(1, sizeof *s);
    if (s != NULL) {
        s->users = 1;
        s->process = getpid();
        s->timeout = o->timeout;
        s->frame_limit = o->frame_limit;
        if (copy_settings(s, o, image, profile))
            return s;
        leave_session(s);
    }
    say_system_error("can't open a session", ENOMEM);
    return NULL;
}

/* A share in the session's volint, which is started where there is none that runs; NULL
 * with the reason said. */
static host *use_host(vol_session *s, int64_t until)
{
    int64_t latest = now_ms() + STARTING_TIME;
    host *h;
    take_lock(&s->lock);
    /* A child made by fork() has its own. */
    if (s->volint != NULL && (s->volint->program != getpid() || has_ended(s->volint))) {
        leave_host(s->volint);
        s->volint = NULL;
    }
    if (s->volint == NULL)
        s->volint = start_host(s->binary, &s->settings, s->server != NULL, until < latest ? until : latest);
    h = s->volint;
    if (h != NULL)
        shared_add(&h->users, 1);
    give_lock(&s->lock);
    return h;
}

static const vol_options default_options = {NULL, NULL, NULL, NULL, NULL, 0, 0, 0};

static void begin_call(void) { last_error[0] = last_warnings[0] = 0; }

vol_session *vol_open(const vol_options *options, const char *memory, const char *profile)
{
    begin_call();
    if (!is_set(memory)) {
        say_error("error: there is no memory to read\nhint: give the path of a dump or of a socket\n");
        return NULL;
    }
    return new_session(options == NULL ? &default_options : options, memory, profile);
}

vol_session *vol_open_server(const vol_options *options, const char *name, const char *profile,
                             const vol_server *functions, void *server, const char *error)
{
    vol_session *s;
    begin_call();
    if (server == NULL) {
        say_error("error: the memory can't be served: %s\n", error);
        return NULL;
    }
    s = new_session(options == NULL ? &default_options : options, is_set(name) ? name : "the program's memory", profile);
    if (s != NULL) {
        add_text(&s->settings, "memory", "1");
        s->functions = functions;
        s->server = server;
        if (!s->settings.full)
            return s;
        say_system_error("can't open a session", ENOMEM);
        leave_session(s);
    }
    functions->close(server);
    return NULL;
}

void *vol_server_of(const vol_session *session) { return session->server; }

void vol_close(vol_session *session)
{
    vol_session *s = session;
    host *h;
    if (s == NULL)
        return;
    take_lock(&s->lock);
    h = s->volint;
    s->volint = NULL;
    give_lock(&s->lock);
    shared_set(&s->closed, 1);
    if (h != NULL && h->program == getpid())
        end_host(h);
    leave_host(h);
    if (s->server != NULL)
        s->functions->close(s->server);
    s->server = NULL;
    leave_session(s);
}

/* ---- a command that runs ---- */

enum stop_reason { RUNS, STOPPED_BY_CALLER, CANCELLED, CLOSED, TIMED_OUT, BAD_STREAM, NO_MEMORY };

enum { ROWS, SAID, VERDICT, OUTPUTS };

struct vol_rows {
    vol_session *session;
    host *volint;
    pid_t process; /* that started it */
    uint64_t number;
    int from[OUTPUTS]; /* our ends of its output, -1 once they are closed */
    volint_reader reader;
    volint_status stream; /* why reading rows ended; VOLINT_OK while it goes on */
    unsigned char *buffer;
    size_t capacity;
    char said[SAID_SIZE + 1];
    size_t said_size;
    char verdict[64];
    size_t verdict_size;
    enum stop_reason stop;
    shared cancelled;
    bool gone;     /* volint has ended */
    bool over;     /* what follows is known */
    bool whole, complete;
    unsigned timeout; /* in seconds */
    int64_t until;    /* by now_ms */
    char error[ERROR_SIZE];
    char warnings[WARNINGS_SIZE];
};

/* Keeps the warnings of a text that is about to be dropped. */
static void keep_warnings(vol_rows *c, const char *text, size_t size)
{
    while (size > 0) {
        size_t n = line_size(text, size);
        if (begins(text, n, "warning:"))
            append(c->warnings, sizeof c->warnings, text, n);
        text += n;
        size -= n;
    }
}

/* Makes room for more: what comes before the error goes first, then the end of
 * what comes after it; without an error the older half, by whole lines if it
 * can. */
static void forget_half(vol_rows *c)
{
    size_t half = SAID_SIZE / 2, drop = half + line_size(c->said + half, c->said_size - half);
    size_t error = find_error(c->said, c->said_size);
    if (error == 0) {
        c->said_size = half;
        return;
    }
    if (error < c->said_size)
        drop = error;
    else if (drop == c->said_size)
        drop = half;
    keep_warnings(c, c->said, drop);
    c->said_size -= drop;
    memmove(c->said, c->said + drop, c->said_size);
}

static void read_said(vol_rows *c)
{
    size_t n;
    int rounds;
    /* One who talks without end must not keep rows from being read. */
    for (rounds = 0; rounds < 16 && c->from[SAID] >= 0; rounds++) {
        if (c->said_size == SAID_SIZE)
            forget_half(c);
        if (!read_some(&c->from[SAID], c->said + c->said_size, SAID_SIZE - c->said_size, &n))
            return;
        c->said_size += n;
    }
}

static void read_verdict(vol_rows *c)
{
    size_t n;
    char more[64];
    while (c->from[VERDICT] >= 0 && read_some(&c->from[VERDICT], more, sizeof more, &n)) {
        size_t left = sizeof c->verdict - 1 - c->verdict_size;
        n = n < left ? n : left;
        memcpy(c->verdict + c->verdict_size, more, n);
        c->verdict_size += n;
    }
}

/* Whether volint said that the result is whole, and how many rows it has. */
static bool verdict_rows(const vol_rows *c, uint64_t *rows, bool *complete)
{
    char *end;
    if (memcmp(c->verdict, "ok ", 3) != 0 || c->verdict[3] < '0' || c->verdict[3] > '9')
        return false;
    *rows = strtoull(c->verdict + 3, &end, 10);
    *complete = strcmp(end, "\n") == 0;
    return *end == '\n';
}

/* Whether volint has said all that it says: what it wrote before that can be read
 * without waiting. */
static bool has_verdict(const vol_rows *c)
{
    return c->gone || c->from[VERDICT] < 0 || memchr(c->verdict, '\n', c->verdict_size) != NULL;
}

static bool grow(vol_rows *c)
{
    size_t capacity = c->reader.size + 5;
    unsigned char *larger = (unsigned char *)malloc(capacity);
    if (larger == NULL)
        return false;
    volint_reader_grow(&c->reader, larger, capacity);
    free(c->buffer);
    c->buffer = larger;
    c->capacity = capacity;
    return true;
}

static void end_rows(vol_rows *c, enum stop_reason why, volint_status status)
{
    if (why != RUNS && c->stop == RUNS)
        c->stop = why;
    c->stream = status;
    shut(&c->from[ROWS]);
}

/* Moves to the next row, if it is there. */
static bool next_row(vol_rows *c)
{
    while (c->from[ROWS] >= 0) {
        volint_status status = volint_read(&c->reader);
        if (status == VOLINT_OK) {
            ((char *)c->reader.frame)[c->reader.size] = 0;
            if (c->reader.count % 1024 != 0 || now_ms() <= c->until)
                return true;
            end_rows(c, TIMED_OUT, status);
        } else if (status == VOLINT_ERR_SPACE) {
            if (!grow(c))
                end_rows(c, NO_MEMORY, status);
        } else if (status == VOLINT_ERR_READ && (c->reader.error == EAGAIN || c->reader.error == EWOULDBLOCK)) {
            return false;
        } else {
            /* A stream that is cut is mostly the mark of a volint that died, which
             * says more about it than the cut. */
            bool bad = status == VOLINT_ERR_LIMIT || status == VOLINT_ERR_READ;
            end_rows(c, bad ? BAD_STREAM : RUNS, status);
        }
    }
    return false;
}

/* ---- waiting, and serving memory meanwhile ---- */

/* Takes a connection to the program's memory that volint passes on. */
static void take_connection(vol_session *s, host *h)
{
    unsigned char length[4]; /* of a message without texts */
    int fd = -1;
    ssize_t n = receive_part(h->memory, length, sizeof length, SCM_RIGHTS, &fd, sizeof fd);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK))
        shared_set(&h->passed_all, 1);
    if (fd >= 0)
        keep_own(fd);
    if (fd >= 0 && !s->functions->add(s->server, fd))
        close(fd);
}

/* Answers what has been asked of the program's memory; false while another thread
 * does it. */
static bool serve_memory(vol_session *s, host *h, bool connects)
{
    const vol_session *before = served;
    if (try_lock(&s->serving) == FAILED)
        return false;
    served = s;
    if (connects)
        take_connection(s, h);
    s->functions->poll(s->server);
    served = before;
    give_lock(&s->serving);
    return true;
}

/* Waits until volint says something or needs memory, or for a while. */
static void wait_for_output(vol_rows *c, int64_t until)
{
    enum { VOLINT = OUTPUTS, CONNECTIONS, MEMORY, ALL };
    struct pollfd p[ALL];
    vol_session *s = c->session;
    int i, n;
    for (i = 0; i < ALL; i++) {
        p[i].fd = i < OUTPUTS ? c->from[i] : -1; /* poll passes over -1 */
        p[i].events = POLLIN;
        p[i].revents = 0;
    }
    p[VOLINT].fd = c->volint->fd;
    if (s->server != NULL) {
        p[CONNECTIONS].fd = shared_get(&c->volint->passed_all) == 0 ? c->volint->memory : -1;
        p[MEMORY].fd = s->functions->fd(s->server);
    }
    n = poll(p, ALL, time_left(until, LOOK_INTERVAL));
    if (n == 0 || (n > 0 && p[VOLINT].revents != 0))
        c->gone = c->gone || has_ended(c->volint);
    if (n > 0 && (p[CONNECTIONS].revents != 0 || p[MEMORY].revents != 0) && !serve_memory(s, c->volint, p[CONNECTIONS].revents != 0))
        sleep_ms(1); /* it is another thread's to answer: what is asked stays there meanwhile */
    read_said(c);
    read_verdict(c);
}

/* Ends what still runs, and waits until it has ended. */
static void end_run(vol_rows *c)
{
    int64_t until = now_ms() + STOPPING_TIME;
    message m;
    shut(&c->from[ROWS]);
    read_said(c);
    read_verdict(c);
    if (has_verdict(c))
        return;
    memset(&m, 0, sizeof m);
    add_number(&m, "cancel", c->number);
    if (send_message(c->volint, &m, NULL, 0, until) == 0)
        while (!has_verdict(c) && now_ms() < until)
            wait_for_output(c, until);
    free(m.data);
    shut(&c->from[VERDICT]);
}

/* ---- how a command went ---- */

static void say_stop(const vol_rows *c)
{
    const volint_reader *r = &c->reader;
    switch (c->stop) {
    case STOPPED_BY_CALLER:
        say_error("error: the caller ended the command at row %" PRIu64 "\n", r->count);
        return;
    case CANCELLED:
        say_error("error: the command was cancelled after %" PRIu64 " rows\n", r->count);
        return;
    case CLOSED:
        say_error("error: the session was closed after %" PRIu64 " rows\n", r->count);
        return;
    case TIMED_OUT:
        say_error("error: the command was ended after %u seconds\n", c->timeout);
        say_error("hint: give it more time, or ask for less\n");
        return;
    case NO_MEMORY:
        say_error("error: no memory for row %" PRIu64 "\n", r->number);
        return;
    default:
        say_error("error: frame %" PRIu64 ", at byte %" PRIu64 ": %s\n", r->number, r->offset, volint_status_text(c->stream));
        if (c->stream == VOLINT_ERR_LIMIT)
            say_error("hint: it has %zu bytes and the limit is %" PRIu32 "; raise frame_limit if that can be true\n", r->size, r->limit);
    }
}

/* Whether volint has ended. Of one that ends just now the pipes may close before the
 * socket. */
static bool has_died(vol_rows *c)
{
    int64_t until = now_ms() + LOOK_INTERVAL;
    while (!c->gone && c->verdict_size == 0 && now_ms() < until) {
        c->gone = has_ended(c->volint);
        if (!c->gone)
            wait_for_fd(c->volint->fd, POLLIN, until);
    }
    return c->gone;
}

/* Says why the rows are not all there are. */
static void say_failure(vol_rows *c)
{
    bool cut = c->stream == VOLINT_ERR_FRAME || (c->stream == VOLINT_OK && c->reader.begin != c->reader.end), complete;
    uint64_t rows;
    if (c->stop != RUNS) {
        say_stop(c);
        return;
    }
    if (say_reason_of(c->said, c->said_size))
        return;
    if (cut)
        say_error("error: the rows end inside frame %" PRIu64 ", at byte %" PRIu64 "\n", c->reader.number, c->reader.at);
    else if (verdict_rows(c, &rows, &complete))
        say_error("error: volint wrote %" PRIu64 " rows, but %" PRIu64 " arrived\n", rows, c->reader.count);
    else if (has_died(c))
        say_error("error: volint ended after %" PRIu64 " rows\n", c->reader.count);
    else
        say_error("error: the command failed after %" PRIu64 " rows, and volint did not say why\n", c->reader.count);
    say_error("hint: run the same command with `volint run`, and see that VOLINT_BIN is the volint of this version\n");
    say_end_of(c->said, c->said_size);
    take_lock(&c->volint->lock);
    hear(c->volint);
    say_end_of(c->volint->last, c->volint->last_size);
    give_lock(&c->volint->lock);
}

/* Finds out how it went, and ends what still runs. */
static void conclude(vol_rows *c)
{
    uint64_t rows = 0;
    bool boundary;
    if (c->over)
        return;
    c->over = true;
    end_run(c);
    if (c->stop == RUNS && shared_get(&c->cancelled) != 0)
        c->stop = CANCELLED;
    /* The stream may stay open after its end, where another process has it. */
    boundary = c->stream == VOLINT_END || (c->stream == VOLINT_OK && c->reader.begin == c->reader.end);
    c->whole = c->stop == RUNS && verdict_rows(c, &rows, &c->complete) && boundary && rows == c->reader.count;
    c->complete = c->whole && c->complete;
    last_error[0] = 0;
    if (!c->whole && c->stop == RUNS && shared_get(&c->session->closed) != 0)
        c->stop = CLOSED;
    if (!c->whole)
        say_failure(c);
    memcpy(c->error, last_error, sizeof c->error);
    keep_warnings(c, c->said, c->said_size);
}

/* Shows the end of a command as that of this thread's last run. */
static void tell_end(const vol_rows *c)
{
    memcpy(last_error, c->error, sizeof last_error);
    memcpy(last_warnings, c->warnings, sizeof last_warnings);
}

/* ---- starting a command ---- */

static bool send_command(vol_rows *c, message *m, const int *to)
{
    int64_t until = now_ms() + ENDING_TIME;
    int error = send_message(c->volint, m, to, OUTPUTS, c->until < until ? c->until : until);
    if (error == EPIPE)
        return false;
    if (error == ETIMEDOUT)
        say_error("error: volint takes no command: is it stopped?\n" VERSION_HINT);
    else if (error != 0)
        say_system_error("the command can't be sent", error);
    return error == 0;
}

/* Sends the command to the session's volint; once more to another where the first had
 * just ended. */
static bool begin_command(vol_rows *c, const char *command)
{
    int to[OUTPUTS] = {-1, -1, -1}, i, tries;
    bool open = true, sent = false;
    for (i = 0; i < OUTPUTS; i++)
        open = open && open_pipe(&c->from[i], &to[i]);
    if (!open)
        say_system_error("can't open a pipe", errno);
    for (tries = 0; open && !sent && tries < 2 && last_error[0] == 0; tries++) {
        message m;
        memset(&m, 0, sizeof m);
        leave_host(c->volint);
        c->volint = use_host(c->session, c->until);
        if (c->volint == NULL)
            break;
        take_lock(&c->volint->lock);
        c->number = ++c->volint->runs;
        give_lock(&c->volint->lock);
        add_number(&m, "run", c->number);
        if (add_words(&m, command))
            sent = send_command(c, &m, to);
        else
            say_error("error: the command is empty\nhint: give a command such as \"linux_pslist\"\n");
        free(m.data);
    }
    for (i = 0; i < OUTPUTS; i++)
        shut(&to[i]);
    if (!sent && last_error[0] == 0)
        say_error("error: volint ends as soon as it is started\n" VERSION_HINT);
    return sent;
}

static void free_rows(vol_rows *c)
{
    int i;
    for (i = 0; i < OUTPUTS; i++)
        shut(&c->from[i]);
    leave_host(c->volint);
    leave_session(c->session);
    free(c->buffer);
    free(c);
}

/* Whether a command can run on the session from here. */
static bool may_start(const vol_session *s, const char *command)
{
    if (!is_set(command))
        say_error("error: the command is empty\nhint: give a command such as \"linux_pslist\"\n");
    else if (served == s)
        say_error("error: a command can't run while its memory is being read for another\n"
                  "hint: start it where the memory's callbacks are not running\n");
    else if (s->server != NULL && s->process != getpid())
        say_error("error: the memory is served by the process that opened the session\n"
                  "hint: open another session in the process that fork() made\n");
    else
        return true;
    return false;
}

static vol_rows *start_rows(vol_session *s, const vol_options *o, const char *command)
{
    vol_rows *c;
    int i;
    if (!may_start(s, command))
        return NULL;
    c = (vol_rows *)calloc(1, sizeof *c);
    if (c == NULL) {
        say_system_error("can't run a command", ENOMEM);
        return NULL;
    }
    shared_add(&s->users, 1);
    c->session = s;
    c->process = getpid();
    c->timeout = o->timeout;
    c->until = o->timeout == 0 ? INT64_MAX : now_ms() + (int64_t)o->timeout * 1000;
    for (i = 0; i < OUTPUTS; i++)
        c->from[i] = -1;
    c->capacity = 1 << 16;
    c->buffer = (unsigned char *)malloc(c->capacity);
    if (c->buffer == NULL)
        say_system_error("no room for rows", ENOMEM);
    if (c->buffer == NULL || !begin_command(c, command)) {
        free_rows(c);
        return NULL;
    }
    volint_reader_fd(&c->reader, c->from[ROWS], c->buffer, c->capacity);
    if (o->frame_limit != 0)
        c->reader.limit = o->frame_limit < INT32_MAX ? (uint32_t)o->frame_limit : INT32_MAX;
    return c;
}

vol_rows *vol_start(vol_session *session, const char *command)
{
    vol_options o = default_options;
    begin_call();
    if (session == NULL) {
        say_error("error: there is no session\nhint: see why vol_open failed\n");
        return NULL;
    }
    o.timeout = session->timeout;
    o.frame_limit = session->frame_limit;
    return start_rows(session, &o, command);
}

/* ---- rows ---- */

int vol_next(vol_rows *rows, void **frame, size_t *size)
{
    vol_rows *c = rows;
    *frame = NULL;
    *size = 0;
    if (c == NULL)
        return -1;
    if (c->process != getpid()) {
        begin_call();
        say_error("error: the rows are for the process that started the command\nhint: start another in the process that fork() made\n");
        return -1;
    }
    while (!c->over) {
        /* What was written before the verdict is there when the verdict is. */
        bool last = has_verdict(c);
        if (next_row(c)) {
            *frame = c->reader.frame;
            *size = c->reader.size;
            return 1;
        }
        if (now_ms() >= c->until && c->stop == RUNS && !last)
            c->stop = TIMED_OUT;
        if (last || c->stop != RUNS)
            conclude(c);
        else
            wait_for_output(c, c->until);
    }
    if (c->whole)
        return 0;
    tell_end(c);
    return -1;
}

void vol_cancel(vol_rows *rows)
{
    message m;
    if (rows == NULL || rows->process != getpid())
        return;
    shared_set(&rows->cancelled, 1);
    memset(&m, 0, sizeof m);
    add_number(&m, "cancel", rows->number);
    (void)send_message(rows->volint, &m, NULL, 0, now_ms() + STOPPING_TIME);
    free(m.data);
}

/* The end of a command for one who may have left before it. */
static int end_command(vol_rows *c, vol_result *result)
{
    int status;
    if (c->process == getpid()) {
        if (!c->over && c->stop == RUNS)
            c->stop = STOPPED_BY_CALLER;
        conclude(c);
        tell_end(c);
    }
    status = c->whole ? 0 : -1;
    if (result != NULL) {
        result->rows = c->reader.count;
        result->whole = c->whole;
        result->complete = c->complete;
    }
    free_rows(c);
    return status;
}

int vol_end(vol_rows *rows, vol_result *result)
{
    int status = -1;
    if (result != NULL)
        memset(result, 0, sizeof *result);
    if (rows != NULL) {
        begin_call();
        status = end_command(rows, result);
    }
    if (result != NULL) {
        result->error = vol_last_error();
        result->warnings = vol_last_warnings();
    }
    return status;
}

/* ---- sessions that are kept ---- */

/* Those of vol_run, vol_run_list and vol_run_cmd; the last used comes first. */
static vol_session *kept;
static pid_t kept_by;
static shared kept_lock;

/* Adds what tells one file from another that is put in its place, or one that has been
 * written to. Memory behind a socket may change: what reads it sees to that. */
static void add_file(message *key, const char *location)
{
    const char *path = location, *colon = strchr(location, ':');
    struct stat s;
    if (location[0] != '/' && location[0] != '.' && colon != NULL)
        path = colon + 1;
    if (stat(path, &s) != 0 && stat(location, &s) != 0)
        return;
    add_number(key, "device", (uint64_t)s.st_dev);
    add_number(key, "inode", (uint64_t)s.st_ino);
    if (!S_ISREG(s.st_mode))
        return;
    add_number(key, "size", (uint64_t)s.st_size);
    add_number(key, "seconds", (uint64_t)s.st_mtime);
#if defined(__linux__)
    add_number(key, "nanoseconds", (uint64_t)s.st_mtim.tv_nsec);
#endif
}

/* Makes the key of a session: what it runs with. */
static void add_key(vol_session *s, const char *image)
{
    static const char *const names[] = {"VOLINT_PYTHON", "VOLINT_PLUGINS", "VOLINT_SYMBOLS",
                                        "VOLINT_CACHE",  "VOLINT_CACHE_LIMIT"};
    size_t i;
    add_bytes(&s->key, s->settings.data, s->settings.size);
    add_text(&s->key, "volint", s->binary);
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        add_text(&s->key, names[i], getenv(names[i]));
    add_file(&s->key, "."); /* where paths that are not absolute start */
    add_file(&s->key, image);
}

static bool same_key(const vol_session *a, const vol_session *b)
{
    return a->key.size == b->key.size && memcmp(a->key.data, b->key.data, a->key.size) == 0;
}

/* Takes a session out of the list. */
static void unlink_kept(vol_session *s)
{
    vol_session **at = &kept;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    s->next = NULL;
}

/* What of the list is not used and too old or too much, as a list of its own. */
static vol_session *take_idle(size_t most, int64_t oldest)
{
    vol_session *idle = NULL, *s, *next;
    size_t n = 0;
    for (s = kept; s != NULL; s = next) {
        next = s->next;
        if (s->used > 0 || (n++ < most && s->since >= oldest))
            continue;
        unlink_kept(s);
        s->next = idle;
        idle = s;
    }
    return idle;
}

/* A child made by fork() has none of its parent's sessions. */
static void lock_kept(void)
{
    int how = take_lock(&kept_lock);
    if (kept_by == getpid())
        return;
    while (kept != NULL && how == TAKEN) {
        vol_session *s = kept;
        kept = s->next;
        s->next = NULL;
        if (s->used == 0)
            leave_session(s);
    }
    kept = NULL;
    kept_by = getpid();
}

/* The session for a run, made where there is none; NULL with the reason said. */
static vol_session *take_kept(const vol_options *o, const char *image, const char *profile)
{
    vol_session *fresh = new_session(o, image, profile), *s;
    if (fresh == NULL)
        return NULL;
    add_number(&fresh->settings, "idle", VOLINT_IDLE_SECONDS);
    add_key(fresh, image);
    if (fresh->settings.full || fresh->key.full) {
        say_system_error("can't open a session", ENOMEM);
        leave_session(fresh);
        return NULL;
    }
    lock_kept();
    for (s = kept; s != NULL && !same_key(s, fresh);)
        s = s->next;
    if (s == NULL)
        s = fresh;
    else
        unlink_kept(s);
    s->next = kept;
    kept = s;
    s->used++;
    give_lock(&kept_lock);
    if (s != fresh)
        leave_session(fresh);
    return s;
}

static void give_kept(vol_session *s)
{
    vol_session *idle;
    lock_kept();
    s->used--;
    s->since = now_ms();
    if (s->process != getpid()) { /* a child came here from the parent's row_fn */
        give_lock(&kept_lock);
        if (s->used == 0)
            leave_session(s);
        return;
    }
    idle = take_idle(VOLINT_IDLE_SESSIONS, s->since - (int64_t)VOLINT_IDLE_SECONDS * 1000);
    give_lock(&kept_lock);
    while (idle != NULL) {
        vol_session *next = idle->next;
        leave_session(idle); /* without waiting for its end */
        idle = next;
    }
}

void vol_close_idle(void)
{
    vol_session *idle;
    lock_kept();
    idle = take_idle(0, 0);
    give_lock(&kept_lock);
    while (idle != NULL) {
        vol_session *next = idle->next;
        vol_close(idle);
        idle = next;
    }
}

/* ---- commands without a session ---- */

static int run_on(vol_session *s, const vol_options *o, const char *command, vol_row_fn row_fn, void *user)
{
    vol_rows *c = start_rows(s, o, command);
    void *frame;
    size_t size;
    if (c == NULL)
        return -1;
    while (vol_next(c, &frame, &size) > 0)
        if (row_fn(user, frame, size) != 0)
            break;
    begin_call();
    return end_command(c, NULL);
}

int vol_run(const vol_options *options, const char *command, const char *unix_socket,
            const char *profile, vol_row_fn row_fn, void *user)
{
    const vol_options *o = options == NULL ? &default_options : options;
    vol_session *s;
    int status;
    begin_call();
    if (!is_set(command)) {
        say_error("error: the command is empty\nhint: give a command such as \"linux_pslist\"\n");
        return -1;
    }
    if (!is_set(unix_socket)) {
        say_error("error: there is no memory to read\nhint: give the path of a dump or of a socket\n");
        return -1;
    }
    s = take_kept(o, unix_socket, profile);
    if (s == NULL)
        return -1;
    status = run_on(s, o, command, row_fn, user);
    give_kept(s);
    return status;
}

typedef struct list {
    vol_ll_node *first, *last;
    bool full; /* there was no memory for a row */
} list;

static int add_to_list(void *user, void *frame, size_t size)
{
    list *l = (list *)user;
    vol_ll_node *node = (vol_ll_node *)malloc(sizeof *node + size + 1);
    if (node == NULL) {
        l->full = true;
        return -1;
    }
    node->data_size = size;
    node->data_ptr = node + 1;
    node->next_ptr = NULL;
    memcpy(node->data_ptr, frame, size);
    ((char *)node->data_ptr)[size] = 0;
    if (l->last == NULL)
        l->first = node;
    else
        l->last->next_ptr = node;
    l->last = node;
    return 0;
}

/* The list, where all rows are in it. */
static vol_ll_node *whole_list(list *l, int status)
{
    if (status == 0)
        return l->first;
    vol_free_list(l->first);
    if (l->full) {
        last_error[0] = 0;
        say_system_error("no room for all rows", ENOMEM);
    }
    return NULL;
}

vol_ll_node *vol_run_list(const vol_options *options, const char *command,
                          const char *unix_socket, const char *profile)
{
    list l = {NULL, NULL, false};
    int status = vol_run(options, command, unix_socket, profile, add_to_list, &l);
    return whole_list(&l, status);
}

vol_ll_node *vol_list(vol_session *session, const char *command)
{
    list l = {NULL, NULL, false};
    vol_rows *c = vol_start(session, command);
    void *frame;
    size_t size;
    if (c == NULL)
        return NULL;
    while (vol_next(c, &frame, &size) > 0)
        if (add_to_list(&l, frame, size) != 0)
            break;
    return whole_list(&l, vol_end(c, NULL));
}

vol_ll_node *vol_run_cmd(const char *command, const char *unix_socket, const char *profile)
{
    return vol_run_list(NULL, command, unix_socket, profile);
}

void vol_free_list(vol_ll_node *node)
{
    while (node != NULL) {
        vol_ll_node *next = node->next_ptr;
        free(node);
        node = next;
    }
}

#endif /* VOLINT_NO_PROCESS */
