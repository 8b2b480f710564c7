// cpp.cc - Google's protobuf for C++, each row on an arena that is used again and
// that begins in memory of its own.
#include "bench.h"

#include <google/protobuf/arena.h>

#include <iterator>

#include "cpp_nested.pb.h"
#include "cpp_panda_vol_int.pb.h"
#include "cpp_rows.pb.h"

namespace {

#define NUMBER(field) row.field()
#define TEXT(field) hash_text(row.field().data(), row.field().size())
#define DATA(field) TEXT(field)
#define HAS(field) row.has_##field()
#define HAS_TEXT(field) HAS(field)

alignas(8) char first_block[1 << 16];

// Calls use(row) with each of the first rows.
template <typename Message, typename Use>
bool each(const set *s, size_t rows, Use use)
{
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block;
    options.initial_block_size = sizeof first_block;
    google::protobuf::Arena arena(options);
    for (size_t i = 0; i < rows; i++) {
        Message *row = google::protobuf::Arena::CreateMessage<Message>(&arena);
        if (!row->ParseFromArray(s->frame[i], static_cast<int>(s->length[i])))
            return false;
        use(*row);
        arena.Reset();
    }
    return true;
}

template <typename Message>
bool decode(const set *s)
{
    return each<Message>(s, s->count, [](const Message &row) { keep(&row); });
}

void add(const cpp_volatility_render::linux_pslist_task &row, uint64_t *sums) { PSLIST_FIELDS(ADD) }
void add(const cpp_bench::Mixed &row, uint64_t *sums) { MIXED_FIELDS(ADD) }
void add(const cpp_bench::Symbol &row, uint64_t *sums) { KALLSYMS_FIELDS(ADD) }

void add(const cpp_bench::Process &row, uint64_t *sums)
{
    ADD(UNSIGNED, offset, ALWAYS)
    ADD(TEXT, name, ALWAYS)
    ADD(UNSIGNED, pid, ALWAYS)
    uint64_t list = static_cast<uint64_t>(row.threads_size());
    for (const auto &thread : row.threads())
        list = fold_thread(list, thread.tid(), thread.address());
    *sums = fold(*sums, there(list));
    list = static_cast<uint64_t>(row.args_size());
    for (const auto &arg : row.args())
        list = fold(list, hash_text(arg.data(), arg.size()));
    sums++, *sums = fold(*sums, there(list));
    list = static_cast<uint64_t>(row.pages_size());
    for (uint64_t page : row.pages())
        list = fold(list, page);
    sums++, *sums = fold(*sums, there(list));
    const auto &cred = row.cred();
    list = sum_credentials(cred.uid(), cred.gid(), cred.capabilities());
    sums++, *sums = fold(*sums, row.has_cred() ? there(list) : 0);
    list = row.limits().size();
    for (const auto &limit : row.limits())
        list += limit_sum(hash_text(limit.first.data(), limit.first.size()), limit.second);
    sums++, *sums = fold(*sums, there(list));
}

template <typename Message>
bool sums(const set *s, size_t rows, uint64_t *first)
{
    return each<Message>(s, rows, [first](const Message &row) { add(row, first); });
}

template <typename Message>
Message kept[ENCODED];

template <typename Message>
bool prepare(const set *s)
{
    for (size_t i = 0; i < ENCODED; i++) {
        if (!kept<Message>[i].ParseFromArray(s->frame[i], static_cast<int>(s->length[i])))
            return false;
    }
    return true;
}

template <typename Message>
const void *encode(size_t row, size_t *size)
{
    static char bytes[MOST_BYTES];
    *size = kept<Message>[row].ByteSizeLong();
    kept<Message>[row].SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t *>(bytes));
    return bytes;
}

}  // namespace

#define PEER(set_name, message) \
    {set_name, "C++ protobuf, arena", false, decode<message>, sums<message>, prepare<message>, encode<message>}

extern "C" const peer cpp_peers[] = {
    PEER("pslist", cpp_volatility_render::linux_pslist_task),
    PEER("mixed", cpp_bench::Mixed),
    PEER("nested", cpp_bench::Process),
    PEER("kallsyms", cpp_bench::Symbol),
    {nullptr, nullptr, false, nullptr, nullptr, nullptr, nullptr},
};
