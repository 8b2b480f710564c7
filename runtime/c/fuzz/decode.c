/* A libFuzzer target: the first byte picks a command of the table COMMANDS, which
 * the header HEADER declares, and how much memory its nested data may take; the
 * rest is its frame. What must hold: no access outside of the frame and the arena
 * (the sanitizers tell), the frame untouched by decoding const, the same verdict
 * and the same values both ways, strings that end in a NUL in place, no values at
 * all in a row that is no good; and what is encoded of a row that is good decodes
 * to the same row again.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -DHEADER='"panda_vol_int.volrender.h"' \
 *         -DCOMMANDS=panda_vol_int_commands -I runtime/c -I gen/c -o fuzz_decode \
 *         runtime/c/fuzz/decode.c runtime/c/volint.c gen/c/panda_vol_int.volrender.c
 */
#include HEADER

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void *room(size_t size)
{
    void *p = malloc(size);
    must(p != NULL || size == 0);
    return p;
}

/* An arena of exactly size bytes, at a place that suits no number. */
static volint_arena new_arena(size_t size)
{
    volint_arena a;
    volint_arena_init(&a, (char *)room(size + 1) + 1, size);
    return a;
}

static void free_arena(volint_arena *a) { free((char *)a->memory - 1); }

static void same_row(const volint_message *type, const void *a, const void *b, bool ended);

static void same_value(volint_value a, volint_value b, bool ended)
{
    size_t i;
    must(a.kind == b.kind && a.present == b.present);
    switch (a.kind) {
    case VOLINT_STRING:
    case VOLINT_BYTES:
        must(a.as.text.size == b.as.text.size && memcmp(a.as.text.data, b.as.text.data, a.as.text.size) == 0);
        must(!ended || b.as.text.data[b.as.text.size] == 0);
        return;
    case VOLINT_TIMESTAMP:
        must(a.as.time.seconds == b.as.time.seconds && a.as.time.nanos == b.as.time.nanos);
        return;
    case VOLINT_MESSAGE:
        if (a.present)
            same_row(a.as.message.type, a.as.message.row, b.as.message.row, ended);
        return;
    case VOLINT_LIST:
    case VOLINT_MAP:
        must(a.as.list.count == b.as.list.count);
        for (i = 0; i < a.as.list.count; i++) {
            same_value(volint_item(a, i), volint_item(b, i), ended);
            if (a.kind == VOLINT_MAP)
                same_value(volint_key(a, i), volint_key(b, i), ended);
        }
        return;
    default:
        /* By its bits, so that NaN equals itself. */
        must(memcmp(&a.as.number, &b.as.number, sizeof a.as.number) == 0);
    }
}

/* Two rows with the same values; ended, when the strings of the second have NULs. */
static void same_row(const volint_message *type, const void *a, const void *b, bool ended)
{
    size_t i;
    for (i = 0; i < type->field_count; i++)
        same_value(volint_get(type, a, i), volint_get(type, b, i), ended);
}

/* Encodes a row, told what it takes beforehand, and decodes it again, which takes no
 * more memory than it did. */
static void again(const volint_message *type, const void *row, size_t used)
{
    size_t size, frame_size, written;
    char *buffer;
    uint32_t length;
    void *other = room(type->size);
    volint_arena arena = new_arena(used + 64);
    volint_status status = volint_encode(type, row, NULL, 0, &size);
    must(status == (size == 0 ? VOLINT_OK : VOLINT_ERR_SPACE));
    must(volint_encode_frame(type, row, NULL, 0, &frame_size) == VOLINT_ERR_SPACE && frame_size == size + 4);
    buffer = (char *)room(frame_size);
    must(size == 0 || volint_encode(type, row, buffer, size - 1, &written) == VOLINT_ERR_SPACE);
    must(volint_encode_frame(type, row, buffer, frame_size, &written) == VOLINT_OK && written == frame_size);
    length = volint_load32((const unsigned char *)buffer);
    must(length == size);
    must(volint_decode(type, other, buffer + 4, size, &arena) == VOLINT_OK);
    same_row(type, row, other, false);
    free(buffer);
    free(other);
    free_arena(&arena);
}

static void decode(const volint_message *type, const uint8_t *data, size_t size, size_t arena_size)
{
    uint8_t *frame = (uint8_t *)room(size), *spent = (uint8_t *)room(size + 1);
    void *constant = room(type->size), *placed = room(type->size);
    volint_arena first = new_arena(arena_size), second = new_arena(arena_size);
    volint_status status;
    if (size > 0) {
        memcpy(frame, data, size);
        memcpy(spent, data, size);
    }
    status = volint_decode(type, constant, frame, size, &first);
    must(size == 0 || memcmp(frame, data, size) == 0);
    must(volint_decode_inplace(type, placed, spent, size, &second) == status);
    must(first.used == second.used && first.used <= arena_size);
    if (status == VOLINT_OK) {
        same_row(type, constant, placed, true);
        again(type, constant, first.used);
    } else {
        same_row(type, type->none, constant, true);
        same_row(type, type->none, placed, true);
        must(first.used == 0 && (status != VOLINT_ERR_ARENA || first.needed > arena_size));
    }
    free(frame);
    free(spent);
    free(constant);
    free(placed);
    free_arena(&first);
    free_arena(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const volint_command *c = COMMANDS;
    size_t count = 0;
    if (size == 0)
        return 0;
    while (c[count].name != NULL)
        count++;
    decode(c[data[0] % count].message, data + 1, size - 1, data[0] < 128 ? 1 << 16 : 200);
    return 0;
}
