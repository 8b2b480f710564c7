/* Decodes the frames on standard input both ways and prints what it finds, for
 * decode_test.go. COMMANDS is the table, the argument a command of it. Each
 * frame is copied to memory of exactly its size, so that the sanitizer sees a
 * step over its end.
 */
#include HEADER

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static void check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "decode.c: %s\n", what);
        exit(3);
    }
}

static void print_hex(volint_str s)
{
    size_t i;
    for (i = 0; i < s.size; i++)
        printf("%02x", (unsigned)(unsigned char)s.data[i]);
}

static void print_real(double d)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    /* NaN loses its payload on the way from float to double on some machines. */
    if (d != d)
        printf("nan");
    else
        printf("%016" PRIx64, bits);
}

static void print_value(volint_value v)
{
    switch (v.kind) {
    case VOLINT_BOOL: printf("%d", v.as.boolean); break;
    case VOLINT_INT32:
    case VOLINT_INT64:
    case VOLINT_ENUM: printf("%" PRId64, v.as.integer); break;
    case VOLINT_UINT32:
    case VOLINT_UINT64: printf("%" PRIu64, v.as.number); break;
    case VOLINT_FLOAT:
    case VOLINT_DOUBLE: print_real(v.as.real); break;
    case VOLINT_STRING:
    case VOLINT_BYTES: print_hex(v.as.text); break;
    case VOLINT_TIMESTAMP: printf("%" PRId64 ".%" PRId32, v.as.time.seconds, v.as.time.nanos); break;
    }
}

static void print_row(const volint_command *c, const void *row, bool terminated)
{
    size_t i;
    for (i = 0; i < c->field_count; i++) {
        volint_value v = volint_get(c, row, i);
        bool text = v.kind == VOLINT_STRING || v.kind == VOLINT_BYTES;
        if (text)
            check(v.as.text.data != NULL, "a string without data");
        if (text && (terminated || !v.present))
            check(v.as.text.data[v.as.text.size] == 0, "a string without a NUL");
        if (!v.present)
            continue;
        printf(" %s=", c->fields[i].name);
        print_value(v);
    }
    printf("\n");
}

static void decode_const(const volint_command *c, void *row, const void *frame, size_t size)
{
    unsigned char *exact = (unsigned char *)malloc(size);
    volint_status status;
    memcpy(exact, frame, size);
    memset(row, 0xa5, c->row_size);
    status = c->decode(row, exact, size);
    check(memcmp(exact, frame, size) == 0, "the frame was written to");
    printf("const %s:", status == VOLINT_OK ? "ok" : "bad");
    print_row(c, row, status != VOLINT_OK);
    free(exact);
}

static void decode_inplace(const volint_command *c, void *row, const void *frame, size_t size)
{
    unsigned char *exact = (unsigned char *)malloc(size + 1);
    volint_status status;
    memcpy(exact, frame, size);
    exact[size] = 0xee;
    memset(row, 0xa5, c->row_size);
    status = c->decode_inplace(row, exact, size);
    printf("place %s:", status == VOLINT_OK ? "ok" : "bad");
    print_row(c, row, true);
    free(exact);
}

int main(int argc, char **argv)
{
    static unsigned char buffer[1 << 20];
    const volint_command *c;
    volint_reader r;
    volint_status status;
    void *row;
    check(argc == 2, "usage: decode COMMAND");
    check(volint_find(COMMANDS, argv[1], &c) == VOLINT_OK, "no such command");
    row = malloc(c->row_size);
    volint_reader_fd(&r, 0, buffer, sizeof buffer);
    while ((status = volint_read(&r)) == VOLINT_OK) {
        decode_const(c, row, r.data, r.size);
        decode_inplace(c, row, r.data, r.size);
    }
    check(status == VOLINT_END, volint_status_text(status));
    free(row);
    return 0;
}
