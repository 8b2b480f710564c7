/* Checks of nested rows by name: what is merged, kept, counted and refused, and what
 * is written. It says each thing that is not as it should be, and ends with status 1
 * then.
 */
#include "nested.volrender.h"

#include <stdio.h>
#include <stdlib.h>

static int bad;

#define CHECK(what) \
    do { \
        if (!(what)) { \
            printf("nested.c:%d: %s\n", __LINE__, #what); \
            bad = 1; \
        } \
    } while (0)

static unsigned char memory[1 << 16];
static volint_arena arena;
static nested_Row row;

static volint_status decode(const char *frame, size_t size)
{
    volint_arena_init(&arena, memory + 1, sizeof memory - 1);
    return nested_Row_decode(&row, frame, size, &arena);
}

#define DECODE(text) decode(text, sizeof(text) - 1)

static void check_merge(void)
{
    CHECK(DECODE("\x1a\x02\x08\x01\x1a\x05\x12\x03" "abc\x1a\x02\x18\x63") == VOLINT_OK);
    CHECK(row.child != NULL && row.child->id == 1 && volint_str_is(row.child->text, "abc"));
    CHECK(row.child->unknown == 1 && row.unknown == 1);
    CHECK(!nested_Row_has_text(&row) && volint_str_is(row.text, "none"));
    CHECK(nested_Row_has_child(&row) && !nested_Row_has_must(&row));
    /* Lists grow, whatever stands between their items. */
    CHECK(DECODE("\x22\x02\x08\x01\x38\x05\x22\x02\x08\x02\x3a\x02\x06\x07\x22\x00\x38\x08") == VOLINT_OK);
    CHECK(row.children.count == 3 && row.children.items[0].id == 1 && row.children.items[1].id == 2);
    CHECK(!nested_Row_has_id(&row.children.items[2]) && volint_str_is(row.children.items[2].text, "none"));
    CHECK(row.numbers.count == 4 && row.numbers.items[0] == 5 && row.numbers.items[3] == 8);
}

/* What is set is taken away again, and what stands there is the default; no frame is
 * an empty one. */
static void check_clear(void)
{
    CHECK(nested_Row_decode_inplace(&row, NULL, 0, NULL) == VOLINT_OK);
    nested_Row_init(&row);
    nested_Row_set_text(&row, volint_text("told"));
    CHECK(nested_Row_has_text(&row) && volint_str_is(row.text, "told") && row.text.size == 4);
    nested_Row_clear_text(&row);
    CHECK(!nested_Row_has_text(&row) && volint_str_is(row.text, "none"));
    CHECK(DECODE("\x1a\x02\x08\x01\x22\x02\x08\x01") == VOLINT_OK && row.children.count == 1);
    nested_Row_clear_child(&row);
    CHECK(row.child == NULL && !nested_Row_has_child(&row));
    volint_clear(&nested_Row_message, &row, 3);
    CHECK(row.children.count == 0 && row.children.items == NULL);
}

static void check_maps(void)
{
    CHECK(DECODE("\x2a\x05\x0a\x01" "b\x10\x01\x2a\x05\x0a\x01" "a\x10\x02\x2a\x05\x10\x03\x0a\x01" "b\x2a\x00") == VOLINT_OK);
    CHECK(row.counts.count == 3 && volint_str_is(row.counts.items[0].key, "") && row.counts.items[0].value == 0);
    CHECK(volint_str_is(row.counts.items[1].key, "a") && row.counts.items[1].value == 2);
    CHECK(volint_str_is(row.counts.items[2].key, "b") && row.counts.items[2].value == 3);
    /* An entry without a value has an empty message, and one whose value comes in
     * pieces has them all; what it does not know is counted. */
    CHECK(DECODE("\x32\x02\x08\x05\x32\x11\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x12\x02\x08\x07\x18\x01") == VOLINT_OK);
    CHECK(row.rows.count == 2 && row.rows.items[0].key == -1 && row.rows.items[0].value->id == 7);
    CHECK(row.rows.items[1].value != NULL && !nested_Row_has_id(row.rows.items[1].value) && row.unknown == 1);
    /* A map in a message that comes in two pieces. */
    CHECK(DECODE("\x1a\x07\x2a\x05\x0a\x01" "b\x10\x01\x1a\x0e\x2a\x05\x0a\x01" "a\x10\x02\x2a\x05\x0a\x01" "b\x10\x09") == VOLINT_OK);
    CHECK(row.child->counts.count == 2 && row.child->counts.items[1].value == 9);
}

static void check_oneof(void)
{
    CHECK(DECODE("\x40\x05\x4a\x01x") == VOLINT_OK);
    CHECK(nested_Row_which_choice(&row) == 9 && row.first == 0 && !nested_Row_has_first(&row));
    CHECK(DECODE("\x52\x02\x08\x01\x52\x05\x12\x03" "abc") == VOLINT_OK);
    CHECK(nested_Row_which_choice(&row) == 10 && row.third->id == 1 && row.third->text.size == 3);
    CHECK(DECODE("\x52\x02\x08\x01\x4a\x01x\x52\x00") == VOLINT_OK);
    CHECK(nested_Row_which_choice(&row) == 10 && row.third->id == 0 && row.second.size == 0);
    CHECK(DECODE("") == VOLINT_OK && nested_Row_which_choice(&row) == 0);
}

static void check_required(void)
{
    CHECK(DECODE("\x62\x02\x08\x01") == VOLINT_ERR_REQUIRED && row.must == NULL);
    CHECK(DECODE("\x62\x02\x08\x01\x62\x02\x10\x02") == VOLINT_OK && row.must->a == 1 && row.must->b == 2);
    CHECK(DECODE("\x1a\x06\x22\x04\x62\x02\x08\x01") == VOLINT_ERR_REQUIRED);
}

static void check_groups(void)
{
    CHECK(DECODE("\x5b\x0a\x02\x08\x01\x0b\x0c\x5c\x08\x07") == VOLINT_OK);
    CHECK(row.part->inner->id == 1 && row.id == 7 && row.unknown == 1);
    CHECK(DECODE("\x5b\x0a\x02\x08\x01") == VOLINT_ERR_CUT);
    CHECK(DECODE("\x5b\x0a\x02\x08\x01\x64") == VOLINT_ERR_GROUP);
    CHECK(DECODE("\x5a\x02\x08\x01") == VOLINT_OK && row.part == NULL && row.unknown == 1);
}

/* So many levels of child, group and not, below the row. */
static volint_status decode_depth(unsigned levels)
{
    char frame[1024];
    size_t at = sizeof frame;
    unsigned i;
    for (i = 0; i < levels; i++) {
        size_t size = sizeof frame - at;
        if (size > 127)
            frame[--at] = (char)(size >> 7);
        frame[--at] = (char)(size > 127 ? (size & 127) | 128 : size);
        frame[--at] = 0x1a;
    }
    return decode(frame + at, sizeof frame - at);
}

static void check_depth(void)
{
    nested_Row ring;
    size_t size;
    CHECK(decode_depth(VOLINT_MAX_DEPTH) == VOLINT_OK);
    CHECK(nested_Row_encode(&row, memory, 0, &size) == VOLINT_ERR_SPACE);
    CHECK(decode_depth(VOLINT_MAX_DEPTH + 1) == VOLINT_ERR_DEPTH);
    nested_Row_init(&ring);
    ring.child = &ring;
    CHECK(nested_Row_encode(&ring, memory, sizeof memory, &size) == VOLINT_ERR_DEPTH && size == 0);
}

/* Memory is asked for until there is enough, and nothing is left of what failed. */
static void check_arena(void)
{
    static const char frame[] = "\x1a\x02\x08\x01\x22\x02\x08\x02\x38\x05\x32\x02\x08\x01";
    size_t size = 0, tries = 0;
    volint_status status = VOLINT_ERR_ARENA;
    CHECK(nested_Row_decode(&row, frame, sizeof frame - 1, NULL) == VOLINT_ERR_ARENA);
    while (status == VOLINT_ERR_ARENA && tries++ < 20) {
        unsigned char *exact = (unsigned char *)malloc(size);
        volint_arena_init(&arena, exact, size);
        status = nested_Row_decode(&row, frame, sizeof frame - 1, &arena);
        CHECK(status == VOLINT_OK || (arena.used == 0 && arena.needed > size && row.child == NULL));
        size = arena.needed;
        free(exact);
    }
    CHECK(status == VOLINT_OK && tries > 2);
}

/* A row made by hand is written in the order of the numbers. */
static void check_encode(void)
{
    static const char want[] = "\x08\x01\x12\x01x\x1a\x02\x08\x02\x2a\x05\x0a\x01k\x10\x00\x3a\x03\x01\xac\x02\x5b\x5c";
    static const uint64_t numbers[] = {1, 300};
    static const nested_Row_counts_entry entries[] = {{{"k", 1}, 0}};
    nested_Row made, child;
    nested_Row_Part part;
    unsigned char buffer[64], *exact;
    size_t size, room;
    nested_Row_init(&made);
    nested_Row_init(&child);
    nested_Row_Part_init(&part);
    CHECK(nested_Row_encode(&made, NULL, 0, &size) == VOLINT_OK && size == 0);
    made.id = 1;
    child.id = 2;
    made.text.data = "x";
    made.text.size = 1;
    made.has[0] |= 3;
    child.has[0] |= 1;
    made.child = &child;
    made.part = &part;
    made.numbers.items = numbers;
    made.numbers.count = 2;
    made.counts.items = entries;
    made.counts.count = 1;
    CHECK(nested_Row_encode(&made, buffer, sizeof buffer, &size) == VOLINT_OK);
    CHECK(size == sizeof want - 1 && memcmp(buffer, want, size) == 0);
    for (room = 0; room < sizeof want - 1; room++) {
        exact = (unsigned char *)malloc(room + (room == 0));
        CHECK(nested_Row_encode(&made, exact, room, &size) == VOLINT_ERR_SPACE && size == sizeof want - 1);
        free(exact);
    }
    CHECK(nested_Row_encode_frame(&made, buffer, size + 3, &size) == VOLINT_ERR_SPACE && size == sizeof want + 3);
    CHECK(nested_Row_encode_frame(&made, buffer, size, &size) == VOLINT_OK && volint_load32(buffer) == sizeof want - 1);
}

/* Strings of nested data end in a NUL, which may take the tag of what follows in
 * the row around it. */
static void check_inplace(void)
{
    char frame[] = "\x1a\x05\x12\x03" "abc\x22\x05\x12\x03" "def\x2a\x06\x0a\x02" "gh\x10\x01\x4a\x01zEND";
    size_t size = sizeof frame - 4;
    volint_arena_init(&arena, memory, sizeof memory);
    CHECK(nested_Row_decode_inplace(&row, frame, size, &arena) == VOLINT_OK);
    CHECK(strcmp(row.child->text.data, "abc") == 0 && strcmp(row.children.items[0].text.data, "def") == 0);
    CHECK(strcmp(row.counts.items[0].key.data, "gh") == 0 && strcmp(row.second.data, "z") == 0);
    CHECK(frame[size] == 0 && frame[size + 1] == 'N');
}

int main(void)
{
    check_merge();
    check_maps();
    check_clear();
    check_oneof();
    check_required();
    check_groups();
    check_depth();
    check_arena();
    check_encode();
    check_inplace();
    return bad;
}
