/* A libFuzzer target: the first byte picks a command of the table COMMANDS, which
 * the header HEADER declares; the rest is its frame. What must hold: no access
 * outside of the frame (the sanitizers tell), the frame untouched by decoding
 * const, the same verdict and the same values both ways, strings that end in a
 * NUL in place, and no values at all in a row that is no good.
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

static bool same(volint_value a, volint_value b)
{
    if (a.present != b.present)
        return false;
    if (a.kind == VOLINT_STRING || a.kind == VOLINT_BYTES)
        return a.as.text.size == b.as.text.size && memcmp(a.as.text.data, b.as.text.data, a.as.text.size) == 0;
    if (a.kind == VOLINT_TIMESTAMP)
        return a.as.time.seconds == b.as.time.seconds && a.as.time.nanos == b.as.time.nanos;
    /* By its bits, so that NaN equals itself. */
    return memcmp(&a.as.number, &b.as.number, sizeof a.as.number) == 0;
}

static void compare(const volint_command *c, const void *constant, const void *placed, bool good)
{
    size_t i;
    for (i = 0; i < c->field_count; i++) {
        volint_value a = volint_get(c, constant, i), b = volint_get(c, placed, i);
        must(same(a, b));
        if (b.kind == VOLINT_STRING || b.kind == VOLINT_BYTES)
            must(b.as.text.data[b.as.text.size] == 0);
        if (!good && c->fields[i].bit >= 0)
            must(!a.present);
    }
}

static void decode(const volint_command *c, const uint8_t *data, size_t size)
{
    uint8_t *frame = (uint8_t *)malloc(size), *spent = (uint8_t *)malloc(size + 1);
    void *constant = malloc(c->row_size), *placed = malloc(c->row_size);
    bool good;
    must(frame != NULL && spent != NULL && constant != NULL && placed != NULL);
    memcpy(frame, data, size);
    memcpy(spent, data, size);
    good = c->decode(constant, frame, size) == VOLINT_OK;
    must(memcmp(frame, data, size) == 0);
    must((c->decode_inplace(placed, spent, size) == VOLINT_OK) == good);
    compare(c, constant, placed, good);
    free(frame);
    free(spent);
    free(constant);
    free(placed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const volint_command *c = COMMANDS;
    size_t count = 0;
    if (size == 0)
        return 0;
    while (c[count].name != NULL)
        count++;
    decode(&c[data[0] % count], data + 1, size - 1);
    return 0;
}
