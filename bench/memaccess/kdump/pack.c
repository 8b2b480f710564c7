/*
 * Makes a kdump of raw memory: pack COMPRESSION RAW COPIES DUMP
 *
 * The dump has COPIES of RAW after each other, from address 0. It is laid out as
 * makedumpfile and QEMU do: 64-bit headers of version 6, pages of 4 KiB, one
 * stored page for all that are zero, pages that don't get smaller as they are.
 * COMPRESSION is zlib, lzo, snappy, zstd or none; which of the libraries are there
 * is said when compiling (HAVE_...).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif
#ifdef HAVE_LZO
#include <lzo/lzo1x.h>
#endif
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

enum { PAGE = 4096, DESCRIPTOR = 24, ROOM = 2 * PAGE };

/* A compression: how a page is packed, and the flag that says so. pack returns the
 * size of what it wrote to out, which has room for ROOM bytes, or 0. */
struct method {
    const char *name;
    uint32_t flag;
    size_t (*pack)(const unsigned char *page, unsigned char *out);
};

#ifdef HAVE_ZLIB
static size_t pack_zlib(const unsigned char *page, unsigned char *out)
{
    uLongf size = ROOM;
    return compress2(out, &size, page, PAGE, Z_BEST_SPEED) == Z_OK ? size : 0;
}
#endif

#ifdef HAVE_LZO
static size_t pack_lzo(const unsigned char *page, unsigned char *out)
{
    static unsigned char work[LZO1X_1_MEM_COMPRESS];
    lzo_uint size = ROOM;
    return lzo1x_1_compress(page, PAGE, out, &size, work) == LZO_E_OK ? size : 0;
}
#endif

#ifdef HAVE_SNAPPY
static size_t pack_snappy(const unsigned char *page, unsigned char *out)
{
    size_t size = ROOM;
    return snappy_compress((const char *)page, PAGE, (char *)out, &size) == SNAPPY_OK ? size : 0;
}
#endif

#ifdef HAVE_ZSTD
static size_t pack_zstd(const unsigned char *page, unsigned char *out)
{
    static ZSTD_CCtx *context;
    if (!context)
        context = ZSTD_createCCtx();
    size_t size = ZSTD_compressCCtx(context, out, ROOM, page, PAGE, 1);
    return ZSTD_isError(size) ? 0 : size;
}
#endif

static const struct method methods[] = {
    { "none", 0, NULL },
#ifdef HAVE_ZLIB
    { "zlib", 0x1, pack_zlib },
#endif
#ifdef HAVE_LZO
    { "lzo", 0x2, pack_lzo },
#endif
#ifdef HAVE_SNAPPY
    { "snappy", 0x4, pack_snappy },
#endif
#ifdef HAVE_ZSTD
    { "zstd", 0x20, pack_zstd },
#endif
};

static void put(unsigned char *at, uint64_t value, int bytes)
{
    while (bytes--) {
        *at++ = (unsigned char)value;
        value >>= 8;
    }
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void write_at(FILE *file, uint64_t offset, const void *data, size_t size)
{
    if (fseek(file, (long)offset, SEEK_SET) != 0 || fwrite(data, 1, size, file) != size)
        fail("writing the dump");
}

/* The two header blocks, and the bitmaps: every page is there and is in the dump. */
static uint64_t write_head(FILE *file, uint64_t pages)
{
    unsigned char block[PAGE];
    uint64_t blocks = (pages + 8 * PAGE - 1) / (8 * PAGE);
    memset(block, 0, sizeof block);
    memcpy(block, "KDUMP   ", 8);
    put(block + 8, 6, 4);
    memcpy(block + 12, "Linux", 6);
    memcpy(block + 12 + 4 * 65, "x86_64", 7);
    put(block + 428, PAGE, 4);
    put(block + 432, 1, 4); /* blocks of the sub header */
    put(block + 436, 2 * blocks, 4);
    put(block + 440, pages, 4);
    write_at(file, 0, block, PAGE);
    memset(block, 0, sizeof block);
    put(block + 96, pages, 8);
    write_at(file, PAGE, block, PAGE);
    for (uint64_t i = 0; i < 2 * blocks; i++) {
        uint64_t left = pages - (i % blocks) * 8 * PAGE;
        memset(block, 0, sizeof block);
        for (uint64_t page = 0; page < left && page < 8 * PAGE; page++)
            block[page / 8] |= (unsigned char)(1u << page % 8);
        write_at(file, (2 + i) * PAGE, block, PAGE);
    }
    return (2 + 2 * blocks) * PAGE;
}

static void write_descriptor(FILE *file, uint64_t at, uint64_t offset, size_t size, uint32_t flag)
{
    unsigned char descriptor[DESCRIPTOR] = { 0 };
    put(descriptor, offset, 8);
    put(descriptor + 8, size, 4);
    put(descriptor + 12, flag, 4);
    write_at(file, at, descriptor, sizeof descriptor);
}

static void pack(const struct method *method, const unsigned char *raw, uint64_t pages, uint64_t copies, FILE *file)
{
    static const unsigned char zeros[PAGE];
    unsigned char out[ROOM];
    uint64_t at = write_head(file, pages * copies), zero = at + pages * copies * DESCRIPTOR, end = zero + PAGE;
    write_at(file, zero, zeros, PAGE);
    for (uint64_t i = 0; i < pages * copies; i++, at += DESCRIPTOR) {
        const unsigned char *page = raw + i % pages * PAGE;
        if (memcmp(page, zeros, PAGE) == 0) {
            write_descriptor(file, at, zero, PAGE, 0);
            continue;
        }
        size_t size = method->pack ? method->pack(page, out) : 0;
        int packed = size > 0 && size < PAGE;
        write_descriptor(file, at, end, packed ? size : PAGE, packed ? method->flag : 0);
        write_at(file, end, packed ? out : page, packed ? size : PAGE);
        end += packed ? size : PAGE;
    }
}

int main(int count, char **arguments)
{
    if (count != 5) {
        fprintf(stderr, "usage: pack COMPRESSION RAW COPIES DUMP\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (strcmp(methods[i].name, arguments[1]) != 0)
            continue;
        FILE *raw = fopen(arguments[2], "rb"), *dump = fopen(arguments[4], "wb");
        if (!raw || !dump || fseek(raw, 0, SEEK_END) != 0)
            fail("opening");
        long size = ftell(raw);
        unsigned char *memory = size > 0 ? malloc((size_t)size) : NULL;
        rewind(raw);
        if (!memory || fread(memory, 1, (size_t)size, raw) != (size_t)size)
            fail("reading");
        pack(&methods[i], memory, (uint64_t)size / PAGE, strtoul(arguments[3], NULL, 10), dump);
        free(memory);
        if (fclose(dump) != 0)
            fail("closing");
        return fclose(raw) != 0;
    }
    fprintf(stderr, "error: %s was not compiled in\n", arguments[1]);
    return 3;
}
