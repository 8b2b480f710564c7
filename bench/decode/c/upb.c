/* upb.c - upb, the C below Google's protobuf for Rust, Python, Ruby and PHP: text
 * stays in the frame, and an arena in memory of its own is set up for each row. Its
 * tables are made at run time of the schemas' descriptors, as those packages do.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "upb/upb.h"

/* What a row needs, with room to spare: the arena asks for no more. */
static _Alignas(16) char block[1 << 16];

/* The messages of the sets, read from the descriptors' file once. */
static const upb_MessageDef *message(const char *name)
{
    static upb_DefPool *pool;
    if (!pool) {
        FILE *file = fopen(UPB_DESCRIPTORS, "rb");
        static char data[1 << 20];
        size_t size = file ? fread(data, 1, sizeof data, file) : 0;
        upb_Arena *arena = upb_Arena_New();
        google_protobuf_FileDescriptorSet *files = google_protobuf_FileDescriptorSet_parse(data, size, arena);
        size_t count = 0;
        upb_Status status;
        upb_Status_Clear(&status);
        pool = upb_DefPool_New();
        if (file)
            fclose(file);
        if (!files)
            abort();
        const google_protobuf_FileDescriptorProto *const *each = google_protobuf_FileDescriptorSet_file(files, &count);
        for (size_t i = 0; i < count; i++) {
            if (!upb_DefPool_AddFile(pool, each[i], &status)) {
                fprintf(stderr, "error: upb: %s\n", upb_Status_ErrorMessage(&status));
                abort();
            }
        }
    }
    return upb_DefPool_FindMessageByName(pool, name);
}

static upb_Message *read_row(const upb_MiniTable *table, const set *s, size_t i, upb_Arena *arena)
{
    upb_Message *row = upb_Message_New(table, arena);
    if (!row || upb_Decode((const char *)s->frame[i], s->length[i], row, table, NULL,
                           kUpb_DecodeOption_AliasString, arena) != kUpb_DecodeStatus_Ok)
        return NULL;
    return row;
}

static bool decode(const set *s, const char *name)
{
    const upb_MiniTable *table = upb_MessageDef_MiniTable(message(name));
    for (size_t i = 0; i < s->count; i++) {
        upb_Arena *arena = upb_Arena_Init(block, sizeof block, &upb_alloc_global);
        upb_Message *row = read_row(table, s, i, arena);
        if (!row)
            return false;
        keep(row);
        upb_Arena_Free(arena);
    }
    return true;
}

/* ---- sums, by the descriptors ---- */

static uint64_t sum_message(const upb_Message *row, const upb_MessageDef *def);

static uint64_t sum_value(upb_MessageValue v, const upb_FieldDef *f)
{
    switch (upb_FieldDef_CType(f)) {
    case kUpb_CType_Bool: return v.bool_val;
    case kUpb_CType_Float: return hash_float(v.float_val);
    case kUpb_CType_Double: return hash_double(v.double_val);
    case kUpb_CType_Int32:
    case kUpb_CType_Enum: return (uint64_t)(int64_t)v.int32_val;
    case kUpb_CType_UInt32: return v.uint32_val;
    case kUpb_CType_Int64: return (uint64_t)v.int64_val;
    case kUpb_CType_UInt64: return v.uint64_val;
    case kUpb_CType_String:
    case kUpb_CType_Bytes: return hash_text(v.str_val.data, v.str_val.size);
    case kUpb_CType_Message: return sum_message(v.msg_val, upb_FieldDef_MessageSubDef(f));
    }
    return 0;
}

static uint64_t sum_map(const upb_Map *map, const upb_FieldDef *f)
{
    const upb_MessageDef *entry = upb_FieldDef_MessageSubDef(f);
    size_t at = kUpb_Map_Begin;
    uint64_t sum = map ? upb_Map_Size(map) : 0;
    upb_MessageValue key, value;
    while (map && upb_Map_Next(map, &key, &value, &at))
        sum += limit_sum(sum_value(key, upb_MessageDef_Field(entry, 0)),
                         sum_value(value, upb_MessageDef_Field(entry, 1)));
    return sum;
}

static uint64_t sum_list(const upb_Array *list, const upb_FieldDef *f)
{
    size_t size = list ? upb_Array_Size(list) : 0;
    uint64_t sum = size;
    for (size_t i = 0; i < size; i++)
        sum = fold(sum, sum_value(upb_Array_Get(list, i), f));
    return sum;
}

static uint64_t sum_field(const upb_Message *row, const upb_FieldDef *f)
{
    upb_MessageValue v = upb_Message_GetFieldByDef(row, f);
    if (upb_FieldDef_IsMap(f))
        return there(sum_map(v.map_val, f));
    if (upb_FieldDef_IsRepeated(f))
        return there(sum_list(v.array_val, f));
    if (upb_FieldDef_HasPresence(f) && !upb_Message_HasFieldByDef(row, f))
        return 0;
    return there(sum_value(v, f));
}

static uint64_t sum_message(const upb_Message *row, const upb_MessageDef *def)
{
    uint64_t sum = 0;
    for (int i = 0; i < upb_MessageDef_FieldCount(def); i++)
        sum = fold(sum, sum_field(row, upb_MessageDef_Field(def, i)));
    return sum;
}

static bool sums(const set *s, size_t rows, uint64_t *first, const char *name)
{
    const upb_MessageDef *def = message(name);
    for (size_t i = 0; i < rows; i++) {
        upb_Arena *arena = upb_Arena_Init(block, sizeof block, &upb_alloc_global);
        upb_Message *row = read_row(upb_MessageDef_MiniTable(def), s, i, arena);
        if (!row)
            return false;
        for (int field = 0; field < upb_MessageDef_FieldCount(def); field++)
            first[field] = fold(first[field], sum_field(row, upb_MessageDef_Field(def, field)));
        upb_Arena_Free(arena);
    }
    return true;
}

/* ---- encode ---- */

static upb_Message *kept[ENCODED];
static const upb_MiniTable *kept_table;

static bool prepare(const set *s, const char *name)
{
    upb_Arena *arena = upb_Arena_New();
    kept_table = upb_MessageDef_MiniTable(message(name));
    for (size_t i = 0; i < ENCODED; i++) {
        if (!(kept[i] = read_row(kept_table, s, i, arena)))
            return false;
    }
    return true;
}

static const void *encode(size_t row, size_t *size)
{
    upb_Arena *arena = upb_Arena_Init(block, sizeof block, &upb_alloc_global);
    char *bytes;
    bool good = upb_Encode(kept[row], kept_table, 0, arena, &bytes, size) == kUpb_EncodeStatus_Ok;
    upb_Arena_Free(arena); /* the bytes lie in the block */
    return good ? bytes : NULL;
}

#define WAY(set_name, message_name)                                                                \
    static bool set_name(const set *s) { return decode(s, message_name); }                         \
    static bool set_name##_sums(const set *s, size_t rows, uint64_t *first)                        \
    {                                                                                              \
        return sums(s, rows, first, message_name);                                                 \
    }                                                                                              \
    static bool set_name##_prepare(const set *s) { return prepare(s, message_name); }

WAY(pslist, "upb_volatility_render.linux_pslist_task")
WAY(mixed, "upb_bench.Mixed")
WAY(nested, "upb_bench.Process")
WAY(kallsyms, "upb_bench.Symbol")

const peer upb_peers[] = {
    {"pslist", "upb, text in the frame", false, pslist, pslist_sums, pslist_prepare, encode},
    {"mixed", "upb, text in the frame", false, mixed, mixed_sums, mixed_prepare, encode},
    {"nested", "upb, text in the frame", false, nested, nested_sums, nested_prepare, encode},
    {"kallsyms", "upb, text in the frame", false, kallsyms, kallsyms_sums, kallsyms_prepare, encode},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
