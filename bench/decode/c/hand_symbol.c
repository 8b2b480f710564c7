/* hand_symbol.c - the loop that one writes for Symbol of rows.proto alone: the
 * fields in their order, each in line, and around again where another order wants
 * it. It checks what generated code checks: bounds, UTF-8 where the schema asks.
 */
#include "hand_ways.h"

enum {
    symbol_size = 1 << 0
};

typedef struct symbol {
    uint64_t address;
    text kind;
    uint64_t size;
    bool exported;
    text subsystem;
    text module;
    text name;
    text description;
    uint32_t has;
} symbol;

INLINE bool read_symbol(symbol *row, unsigned char *p, const unsigned char *end, bool in_place)
{
    uint32_t has = 0;
    uint64_t v;
    unsigned tag = p < end ? *p : 0;
    memset(row, 0, sizeof *row);
    row->kind.data = row->subsystem.data = row->module.data = row->name.data = row->description.data = "";
    while (p < end) {
        const unsigned char *start = p;
        if (tag == (1 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->address = v;
            tag = p < end ? *p : 0;
        }
        if (tag == (2 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->kind)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (3 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->size = v;
            tag = p < end ? *p : 0;
            has |= symbol_size;
        }
        if (tag == (4 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->exported = v != 0;
            tag = p < end ? *p : 0;
        }
        if (tag == (5 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->subsystem)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (6 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->module)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (7 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->name)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (8 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->description)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (p == start) {
            if (!(p = unknown(p, end, tag)))
                return false;
            tag = p < end ? *p : 0;
        }
    }
    row->has = has;
    return true;
}

/* Writes to where there is room for the longest row of the set. */
static __attribute__((noinline)) size_t put_symbol(unsigned char *to, const symbol *row)
{
    unsigned char *p = to;
    if (row->address) {
        *p++ = 1 << 3;
        p = put_varint(p, row->address);
    }
    if (row->kind.size) {
        *p++ = 2 << 3 | 2;
        p = put_text(p, row->kind);
    }
    if (row->has & symbol_size) {
        *p++ = 3 << 3;
        p = put_varint(p, row->size);
    }
    if (row->exported) {
        *p++ = 4 << 3;
        *p++ = 1;
    }
    if (row->subsystem.size) {
        *p++ = 5 << 3 | 2;
        p = put_text(p, row->subsystem);
    }
    if (row->module.size) {
        *p++ = 6 << 3 | 2;
        p = put_text(p, row->module);
    }
    if (row->name.size) {
        *p++ = 7 << 3 | 2;
        p = put_text(p, row->name);
    }
    if (row->description.size) {
        *p++ = 8 << 3 | 2;
        p = put_text(p, row->description);
    }
    return (size_t)(p - to);
}

#define HAS(field) ((row.has & symbol_##field) != 0)
WAYS(kallsyms, symbol, KALLSYMS_FIELDS)
PEERS(kallsyms)
