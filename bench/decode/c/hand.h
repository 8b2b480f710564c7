/* hand.h - what decoders written by hand lean on. */
#ifndef BENCH_HAND_H
#define BENCH_HAND_H

#include "bench.h"

#define INLINE static inline __attribute__((always_inline))

typedef struct text {
    const char *data;
    size_t size;
} text;

static inline unsigned char *narrow(unsigned char *p, const unsigned char *end, uint64_t *v)
{
    uint64_t x = 0;
    for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
        uint64_t c = *p++;
        x |= (c & 0x7f) << shift;
        if (c < 0x80) {
            *v = x;
            return shift == 63 && c > 1 ? NULL : p;
        }
    }
    return NULL;
}

/* A number: eight bytes at once where there are ten. NULL where it is cut. */
INLINE unsigned char *varint(unsigned char *p, const unsigned char *end, uint64_t *v)
{
    uint64_t x, stop;
    if (__builtin_expect(end - p < 10, 0))
        return narrow(p, end, v);
    if (*p < 0x80) {
        *v = *p;
        return p + 1;
    }
    memcpy(&x, p, 8);
    stop = ~x & UINT64_C(0x8080808080808080);
    x &= stop ^ (stop - 1);
    x &= UINT64_C(0x7f7f7f7f7f7f7f7f);
    x = (x & UINT64_C(0x7f007f007f007f00)) >> 1 | (x & UINT64_C(0x007f007f007f007f));
    x = (x & UINT64_C(0x3fff00003fff0000)) >> 2 | (x & UINT64_C(0x00003fff00003fff));
    x = (x & UINT64_C(0x0fffffff00000000)) >> 4 | (x & UINT64_C(0x000000000fffffff));
    if (stop) {
        *v = x;
        return p + (__builtin_ctzll(stop) >> 3) + 1;
    }
    x |= (uint64_t)(p[8] & 0x7f) << 56;
    if (p[8] < 0x80) {
        *v = x;
        return p + 9;
    }
    *v = x | (uint64_t)p[9] << 63;
    return p[9] > 1 ? NULL : p + 10;
}

INLINE unsigned char *blob(unsigned char *p, const unsigned char *end, text *t)
{
    uint64_t size;
    if (!(p = varint(p, end, &size)) || size > (uint64_t)(end - p))
        return NULL;
    t->data = (const char *)p;
    t->size = size;
    return p + size;
}

/* Whether bytes that are not all ASCII are UTF-8. */
static inline bool valid_wide(const unsigned char *p, const unsigned char *end)
{
    while (p < end) {
        unsigned c = *p++, more = c < 0xc2 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 0;
        if (c < 0x80)
            continue;
        if (more == 0 || end - p < (ptrdiff_t)more || (c == 0xe0 && *p < 0xa0) || (c == 0xed && *p > 0x9f) ||
            (c == 0xf0 && *p < 0x90) || (c == 0xf4 && *p > 0x8f))
            return false;
        while (more--) {
            if ((*p++ & 0xc0) != 0x80)
                return false;
        }
    }
    return true;
}

/* Eight bytes at a time, the last of which may lie over bytes seen already. */
INLINE bool valid(const unsigned char *p, size_t size)
{
    const unsigned char *end = p + size;
    uint64_t x, high = 0;
    if (size >= 8) {
        for (; end - p > 8; p += 8) {
            memcpy(&x, p, 8);
            high |= x;
        }
        memcpy(&x, end - 8, 8);
        high |= x;
    } else {
        for (; p < end; p++)
            high |= *p;
    }
    return (high & UINT64_C(0x8080808080808080)) == 0 || valid_wide(end - size, end);
}

INLINE unsigned char *utf8(unsigned char *p, const unsigned char *end, text *t)
{
    if (!(p = blob(p, end, t)) || !valid((const unsigned char *)t->data, t->size))
        return NULL;
    return p;
}

INLINE unsigned char *fixed32(unsigned char *p, const unsigned char *end, uint64_t *v)
{
    uint32_t u;
    if (end - p < 4)
        return NULL;
    memcpy(&u, p, 4);
    *v = u;
    return p + 4;
}

INLINE unsigned char *fixed64(unsigned char *p, const unsigned char *end, uint64_t *v)
{
    if (end - p < 8)
        return NULL;
    memcpy(v, p, 8);
    return p + 8;
}

/* Moves over a field that the decoder does not know; first is its first byte, over
 * which a NUL may have been written. The data set has none, and groups are refused.
 */
static inline unsigned char *unknown(unsigned char *p, const unsigned char *end, unsigned first)
{
    uint64_t tag = first & 0x7f, high, v;
    text t;
    p++;
    if (first >= 0x80) {
        if (!(p = narrow(p, end, &high)) || high >> 25 != 0)
            return NULL;
        tag |= high << 7;
    }
    if (tag >> 3 == 0)
        return NULL;
    switch (tag & 7) {
    case 0: return narrow(p, end, &v);
    case 1: return fixed64(p, end, &v);
    case 2: return blob(p, end, &t);
    case 5: return fixed32(p, end, &v);
    default: return NULL;
    }
}

INLINE int64_t unzigzag(uint64_t u) { return (int64_t)(u >> 1 ^ (0 - (u & 1))); }

INLINE float to_float(uint32_t u)
{
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

INLINE double to_double(uint64_t u)
{
    double d;
    memcpy(&d, &u, sizeof d);
    return d;
}

/* ---- encode ---- */

INLINE unsigned char *put_varint(unsigned char *p, uint64_t v)
{
    while (v >= 0x80) {
        *p++ = (unsigned char)(v | 0x80);
        v >>= 7;
    }
    *p++ = (unsigned char)v;
    return p;
}

INLINE unsigned char *put_text(unsigned char *p, text t)
{
    p = put_varint(p, t.size);
    memcpy(p, t.data, t.size);
    return p + t.size;
}

INLINE unsigned char *put_fixed32(unsigned char *p, uint32_t v)
{
    memcpy(p, &v, 4);
    return p + 4;
}

INLINE unsigned char *put_fixed64(unsigned char *p, uint64_t v)
{
    memcpy(p, &v, 8);
    return p + 8;
}

INLINE uint64_t zigzag(int64_t i) { return (uint64_t)i << 1 ^ (0 - ((uint64_t)i >> 63)); }

INLINE uint32_t from_float(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

INLINE uint64_t from_double(double d)
{
    uint64_t u;
    memcpy(&u, &d, sizeof u);
    return u;
}

#endif
