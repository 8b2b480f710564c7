/* Decodes the frames on standard input both ways and prints what it finds, and what
 * is encoded of a row that is good, for decode_test.go. COMMANDS is the table, the
 * argument a command of it. Each frame is copied to memory of exactly its size, so
 * that the sanitizer sees a step over its end.
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

static void print_fields(const volint_message *type, const void *row, bool terminated);

static void print_value(volint_value v, bool terminated)
{
    size_t i;
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
    case VOLINT_BYTES:
        check(v.as.text.data != NULL, "a string without data");
        check(!terminated || v.as.text.data[v.as.text.size] == 0, "a string without a NUL");
        print_hex(v.as.text);
        break;
    case VOLINT_TIMESTAMP: printf("%" PRId64 ".%" PRId32, v.as.time.seconds, v.as.time.nanos); break;
    case VOLINT_MESSAGE:
        printf("(");
        print_fields(v.as.message.type, v.as.message.row, terminated);
        printf(")");
        break;
    case VOLINT_LIST:
    case VOLINT_MAP:
        for (i = 0; i < v.as.list.count; i++) {
            printf(i == 0 ? "[" : ",");
            if (v.kind == VOLINT_MAP) {
                print_value(volint_key(v, i), terminated);
                printf(":");
            }
            print_value(volint_item(v, i), terminated);
        }
        printf(v.as.list.count == 0 ? "[]" : "]");
        break;
    }
}

static void print_fields(const volint_message *type, const void *row, bool terminated)
{
    size_t i;
    for (i = 0; i < type->field_count; i++) {
        volint_value v = volint_get(type, row, i);
        if (!v.present) {
            if (v.kind == VOLINT_STRING || v.kind == VOLINT_BYTES)
                check(v.as.text.data != NULL && v.as.text.data[v.as.text.size] == 0, "a default without a NUL");
            continue;
        }
        printf(" %s=", type->fields[i].name);
        print_value(v, terminated);
    }
}

/* What has room is written the same whatever the room, and what has none is told. */
static void check_rooms(const volint_message *type, const void *row, const char *bytes, size_t size)
{
    const size_t rooms[] = {size - size / 2, size - size / 4, size - (size > 12 ? 12 : 0), size - (size > 0), size + 1, size + 40};
    size_t i;
    for (i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        char *buffer = (char *)malloc(rooms[i] + (rooms[i] == 0));
        size_t told;
        volint_status status = volint_encode(type, row, buffer, rooms[i], &told);
        check(status == (rooms[i] < size ? VOLINT_ERR_SPACE : VOLINT_OK) && told == size, "another size");
        check(status != VOLINT_OK || memcmp(buffer, bytes, size) == 0, "other bytes");
        free(buffer);
    }
}

static void print_encoded(const volint_message *type, const void *row)
{
    volint_str s;
    size_t size, again;
    volint_status status = volint_encode(type, row, NULL, 0, &size);
    char *buffer = (char *)malloc(size + 1);
    check(status == VOLINT_OK || status == VOLINT_ERR_SPACE, "no size");
    check(volint_encode(type, row, buffer, size, &again) == VOLINT_OK && again == size, "not encoded");
    check_rooms(type, row, buffer, size);
    s.data = buffer;
    s.size = size;
    print_hex(s);
    free(buffer);
}

static void print_row(const volint_message *type, const void *row, bool terminated, volint_status status)
{
    uint32_t unknown;
    memcpy(&unknown, (const char *)row + type->unknown_offset, sizeof unknown);
    printf("%s:", status == VOLINT_OK ? "ok" : "bad");
    print_fields(type, row, terminated || status != VOLINT_OK);
    printf(" unknown=%" PRIu32 "\n", unknown);
}

static unsigned char memory[1 << 20];

static void decode_const(const volint_message *type, void *row, const void *frame, size_t size)
{
    unsigned char *exact = (unsigned char *)malloc(size);
    volint_status status;
    volint_arena arena;
    volint_arena_init(&arena, memory, sizeof memory);
    memcpy(exact, frame, size);
    memset(row, 0xa5, type->size);
    status = volint_decode(type, row, exact, size, &arena);
    check(memcmp(exact, frame, size) == 0, "the frame was written to");
    check(status != VOLINT_ERR_ARENA, "the arena is too small for the test");
    printf("const ");
    print_row(type, row, false, status);
    printf("wire ");
    if (status == VOLINT_OK)
        print_encoded(type, row);
    printf("\n");
    free(exact);
}

static void decode_inplace(const volint_message *type, void *row, const void *frame, size_t size)
{
    unsigned char *exact = (unsigned char *)malloc(size + 1);
    volint_status status;
    volint_arena arena;
    volint_arena_init(&arena, memory, sizeof memory);
    memcpy(exact, frame, size);
    exact[size] = 0xee;
    memset(row, 0xa5, type->size);
    status = volint_decode_inplace(type, row, exact, size, &arena);
    printf("place ");
    print_row(type, row, true, status);
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
    row = malloc(c->message->size);
    volint_reader_fd(&r, 0, buffer, sizeof buffer);
    while ((status = volint_read(&r)) == VOLINT_OK) {
        decode_const(c->message, row, r.data, r.size);
        decode_inplace(c->message, row, r.data, r.size);
    }
    check(status == VOLINT_END, volint_status_text(status));
    free(row);
    return 0;
}
