/* Reads and writes messages by generated C: serve.py says what it is asked and
 * answers. With FUZZ it is a libFuzzer target instead, which tells of each input
 * on descriptor 3, and lets runtime/c/fuzz/decode.c look at the input as well.
 *
 * With GUARD it decodes every message between pages that can't be touched, in all
 * ways; with STEPS it answers with what decoding takes in place of values.
 *
 * types.h, which the test writes, has `types`, the message types as a table of
 * commands.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TYPES = sizeof types / sizeof *types - 1 };

#ifdef FUZZ
#define HEADER "types.h"
#define COMMANDS types
#define LLVMFuzzerTestOneInput look
#include "../../../runtime/c/fuzz/decode.c"
#undef LLVMFuzzerTestOneInput
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif

/* ---- values as text ---- */

static void print_row(FILE *out, const volint_message *type, const void *row);

static void print_text(FILE *out, volint_str text)
{
    size_t i;
    fputc('"', out);
    for (i = 0; i < text.size; i++)
        fprintf(out, "%02x", (unsigned char)text.data[i]);
    fputc('"', out);
}

static void print_double(FILE *out, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    if ((bits << 1) > UINT64_C(0x7ff) << 53)
        fputs("nan", out);
    else
        fprintf(out, "%016" PRIx64, bits);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_value(FILE *out, volint_value v);

static void print_map(FILE *out, volint_value map)
{
    size_t i, size, count = map.as.list.count;
    char **entries = (char **)calloc(count, sizeof *entries);
    for (i = 0; i < count; i++) {
        FILE *entry = open_memstream(&entries[i], &size);
        print_value(entry, volint_key(map, i));
        fputc(':', entry);
        print_value(entry, volint_item(map, i));
        fclose(entry);
    }
    qsort(entries, count, sizeof *entries, compare_texts);
    fputc('<', out);
    for (i = 0; i < count; i++) {
        fprintf(out, "%s%s", i > 0 ? " " : "", entries[i]);
        free(entries[i]);
    }
    fputc('>', out);
    free(entries);
}

static void print_value(FILE *out, volint_value v)
{
    size_t i;
    switch (v.kind) {
    case VOLINT_BOOL:
        fputc(v.as.boolean ? '1' : '0', out);
        break;
    case VOLINT_INT32:
    case VOLINT_INT64:
    case VOLINT_ENUM:
        fprintf(out, "%" PRId64, v.as.integer);
        break;
    case VOLINT_UINT32:
    case VOLINT_UINT64:
        fprintf(out, "%" PRIu64, v.as.number);
        break;
    case VOLINT_FLOAT:
    case VOLINT_DOUBLE:
        print_double(out, v.as.real);
        break;
    case VOLINT_STRING:
    case VOLINT_BYTES:
        print_text(out, v.as.text);
        break;
    case VOLINT_TIMESTAMP:
        fprintf(out, "@%" PRId64 ".%" PRId32, v.as.time.seconds, v.as.time.nanos);
        break;
    case VOLINT_MESSAGE:
        print_row(out, v.as.message.type, v.as.message.row);
        break;
    case VOLINT_LIST:
        fputc('[', out);
        for (i = 0; i < v.as.list.count; i++) {
            if (i > 0)
                fputc(',', out);
            print_value(out, volint_item(v, i));
        }
        fputc(']', out);
        break;
    case VOLINT_MAP:
        print_map(out, v);
        break;
    }
}

/* Whether protobuf takes the field for set: one without presence is always there. */
static bool is_set(const volint_field *f, volint_value v)
{
    uint64_t bits;
    if (v.kind == VOLINT_LIST || v.kind == VOLINT_MAP)
        return v.as.list.count > 0;
    if (!v.present || f->bit >= 0 || v.kind == VOLINT_MESSAGE || f->oneof > 0)
        return v.present;
    if (v.kind == VOLINT_STRING || v.kind == VOLINT_BYTES)
        return v.as.text.size > 0;
    if (v.kind == VOLINT_BOOL)
        return v.as.boolean;
    memcpy(&bits, &v.as.number, sizeof bits);
    return bits != 0;
}

static const volint_message *sorted_type; /* qsort has no room for it */

static int compare_numbers(const void *a, const void *b)
{
    uint32_t x = sorted_type->fields[*(const size_t *)a].number, y = sorted_type->fields[*(const size_t *)b].number;
    return x < y ? -1 : x > y;
}

static void print_row(FILE *out, const volint_message *type, const void *row)
{
    size_t i, *order = (size_t *)calloc(type->field_count + 1, sizeof *order);
    bool first = true;
    for (i = 0; i < type->field_count; i++)
        order[i] = i;
    sorted_type = type;
    qsort(order, type->field_count, sizeof *order, compare_numbers);
    fputc('{', out);
    for (i = 0; i < type->field_count; i++) {
        volint_value v = volint_get(type, row, order[i]);
        if (!is_set(&type->fields[order[i]], v))
            continue;
        fprintf(out, "%s%" PRIu32 "=", first ? "" : " ", type->fields[order[i]].number);
        print_value(out, v);
        first = false;
    }
    fputc('}', out);
    free(order);
}

/* ---- answers ---- */

/* Decodes with as much memory as it takes. */
static volint_status decode_row(const volint_message *type, void *row, const uint8_t *data, size_t size, volint_arena *arena)
{
    volint_status status;
    size_t room = 1 << 12;
    for (;;) {
        volint_arena_init(arena, malloc(room), room);
        status = volint_decode(type, row, data, size, arena);
        if (status != VOLINT_ERR_ARENA)
            return status;
        if (arena->needed <= room)
            abort();
        room = 2 * arena->needed;
        free(arena->memory);
    }
}

#ifdef GUARD
#include <sys/mman.h>

enum { ROOM = 1 << 22 };

/* ROOM bytes between two pages that can't be touched. */
static uint8_t *guarded(void)
{
    uint8_t *all = (uint8_t *)mmap(NULL, ROOM + 2 * 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED || mprotect(all + 65536, ROOM, PROT_READ | PROT_WRITE) != 0)
        abort();
    return all + 65536;
}

static void must_be(volint_status status, volint_status wanted)
{
    if (status != wanted) {
        fprintf(stderr, "%s, not %s\n", volint_status_text(status), volint_status_text(wanted));
        abort();
    }
}

static uint8_t *frames, *rows, *arenas;

/* Decodes a frame at one end of its pages, which can only be read; or in place,
 * with the byte behind it as the last that can be written; into a struct and an
 * arena that end where their pages do. */
static volint_status decode_guarded(const volint_message *type, const uint8_t *data, size_t size, bool in_place,
                                    bool at_start, volint_arena *arena)
{
    volint_status status;
    void *row = rows + ROOM - type->size;
    uint8_t *frame = at_start ? frames : frames + ROOM - size - in_place;
    if (size > 0)
        memcpy(frame, data, size);
    if (in_place)
        return volint_decode_inplace(type, row, frame, size, arena);
    mprotect(frames, ROOM, PROT_READ);
    status = volint_decode(type, row, frame, size, arena);
    mprotect(frames, ROOM, PROT_READ | PROT_WRITE);
    return status;
}

/* All ways must have the same result. The arena is as small as can be. */
static void guard(const volint_message *type, const uint8_t *data, size_t size, volint_status wanted, size_t used)
{
    volint_arena arena;
    int way;
    if (frames == NULL) {
        frames = guarded();
        rows = guarded();
        arenas = guarded();
    }
    for (way = 0; way < 4 && size < ROOM; way++) {
        size_t room = used;
        volint_status status;
        do {
            if (room > ROOM)
                return;
            volint_arena_init(&arena, arenas + ROOM - room, room);
            status = decode_guarded(type, data, size, way & 1, way & 2, &arena);
            room = arena.needed;
        } while (status == VOLINT_ERR_ARENA);
        must_be(status, wanted);
    }
}
#endif

#ifdef STEPS
extern size_t steps, allocations; /* of steps.c */
#endif

static void put32(FILE *out, size_t n)
{
    uint32_t v = (uint32_t)n;
    fputc((int)(v & 255), out);
    fputc((int)(v >> 8 & 255), out);
    fputc((int)(v >> 16 & 255), out);
    fputc((int)(v >> 24), out);
}

static void put(FILE *out, const void *data, size_t size)
{
    if (size > 0 && fwrite(data, 1, size, out) != size)
        abort();
}

/* The answer about a row that is good: text and encoding. */
static void put_row(FILE *out, const volint_message *type, const void *row)
{
    char *text = NULL, *encoded;
    size_t text_size = 0, size = 0, again = 0;
    uint32_t unknown = 0;
    volint_status status;
    FILE *f = open_memstream(&text, &text_size);
    print_row(f, type, row);
    fclose(f);
    if (type->unknown_offset > 0)
        memcpy(&unknown, (const char *)row + type->unknown_offset, sizeof unknown);
    status = volint_encode(type, row, NULL, 0, &size);
    if (status != VOLINT_OK && status != VOLINT_ERR_SPACE) {
        fprintf(stderr, "a row that was read can't be encoded: %s\n", volint_status_text(status));
        abort();
    }
    encoded = (char *)malloc(size + 1);
    if (volint_encode(type, row, encoded, size, &again) != VOLINT_OK || again != size)
        abort();
    put32(out, 9 + text_size + size);
    fputc(1, out);
    put32(out, unknown);
    put32(out, text_size);
    put(out, text, text_size);
    put(out, encoded, size);
    free(text);
    free(encoded);
}

#ifdef STEPS
/* Decodes once more, and answers with the steps in the place of unknown fields, and
 * the memory of the arena for text. Nothing may be allocated. */
static void put_steps(FILE *out, const volint_message *type, void *row, const uint8_t *frame, size_t size, volint_arena *arena)
{
    char text[32];
    size_t taken, text_size, written, used = arena->used, before = allocations;
    volint_status status;
    volint_arena_reset(arena);
    steps = 0;
    status = volint_decode(type, row, frame, size, arena);
    taken = steps;
    if (status == VOLINT_OK && volint_encode(type, row, NULL, 0, &written) != VOLINT_ERR_SPACE)
        abort();
    if (allocations != before) {
        fprintf(stderr, "%zu allocations\n", allocations - before);
        abort();
    }
    text_size = (size_t)snprintf(text, sizeof text, "%zu", used);
    put32(out, 9 + text_size);
    fputc(1, out);
    put32(out, taken);
    put32(out, text_size);
    put(out, text, text_size);
}
#endif

static void answer(FILE *out, size_t kind, const uint8_t *data, size_t size)
{
    const volint_message *type = types[kind].message;
    void *row = malloc(type->size);
    /* A copy of the very size, so that a byte too far is noticed. */
    uint8_t *frame = (uint8_t *)malloc(size);
    volint_arena arena;
    volint_status status;
    if (size > 0)
        memcpy(frame, data, size);
    status = decode_row(type, row, frame, size, &arena);
#ifdef GUARD
    guard(type, data, size, status, arena.used);
#endif
#ifdef STEPS
    put_steps(out, type, row, frame, size, &arena);
#else
    if (status == VOLINT_OK) {
        put_row(out, type, row);
    } else {
        put32(out, 9);
        fputc(0, out);
        put32(out, 0);
        put32(out, 0);
    }
#endif
    free(arena.memory);
    free(frame);
    free(row);
}

#ifdef FUZZ

static FILE *checker;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    checker = fdopen(3, "wb");
    return checker == NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t kind;
    if (size == 0)
        return 0;
    look(data, size);
    kind = data[0] % TYPES;
    put32(checker, size - 1);
    put32(checker, kind);
    put(checker, data + 1, size - 1);
    answer(checker, kind, data + 1, size - 1);
    return 0;
}

#else

static bool get32(size_t *n)
{
    unsigned char b[4];
    if (fread(b, 1, sizeof b, stdin) != sizeof b)
        return false;
    *n = (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24;
    return true;
}

int main(void)
{
    size_t size, kind;
    while (get32(&size) && get32(&kind)) {
        uint8_t *data = (uint8_t *)malloc(size + 1);
        if (fread(data, 1, size, stdin) != size || kind >= TYPES)
            return 1;
        answer(stdout, kind, data, size);
        fflush(stdout);
        free(data);
    }
    return 0;
}

#endif
