/* Checks of volint.h's functions that need nothing generated. It says each thing
 * that is not as it should be, and ends with status 1 then.
 */
#include "volint.h"

#include <stdio.h>
#include <stdlib.h>

static int bad;

#define CHECK(what) \
    do { \
        if (!(what)) { \
            printf("unit.c:%d: %s\n", __LINE__, #what); \
            bad = 1; \
        } \
    } while (0)

#define MESSAGE(variable, name) \
    static const volint_message variable = {name, 0, 0, 0, NULL, 0, NULL, NULL, 0, NULL, NULL}
MESSAGE(pslist, "volatility_render.linux_pslist_task");
MESSAGE(netscan, "windows.NetScanRow");
MESSAGE(psaux_a, "a.psaux");
MESSAGE(psaux_b, "b.psaux");
MESSAGE(lsof, "lsof");
MESSAGE(table, "v3.LinuxPslist");
MESSAGE(malfind, "v3.WindowsMalwareMalfind");
MESSAGE(linux_malfind3, "v3.LinuxMalwareMalfind");
MESSAGE(linux_malfind2, "v2.LinuxMalfind");

static const volint_command commands[] = {
    {"linux_pslist", "linux_pslist", "linux.pslist.PsList", &pslist, NULL},
    {"netscan", NULL, "windows.netscan.NetScan", &netscan, NULL},
    {"psaux_a", "", "", &psaux_a, NULL},
    {"psaux_b", "", "", &psaux_b, NULL},
    {"lsof", "linux_lsof", "linux.lsof.Lsof", &lsof, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static const char *const malfind_aliases[] = {"windows.malfind.Malfind", "old.malfind.Malfind", NULL};
static const char *const linux_aliases[] = {"linux.malfind.Malfind", NULL};
static const volint_command more[] = {
    {"linux.pslist", "linux_pslist", "linux.pslist.PsList", &table, NULL},
    {"windows.malware.malfind", "malfind", "windows.malware.malfind.Malfind", &malfind, malfind_aliases},
    {"linux.malware.malfind", NULL, "linux.malware.malfind.Malfind", &linux_malfind3, linux_aliases},
    {"linux_malfind", "linux_malfind", NULL, &linux_malfind2, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const volint_command *const tables[] = {commands, more, NULL};

static const char *said(volint_status status, const volint_command *c)
{
    CHECK((status == VOLINT_OK) == (c != NULL));
    return status == VOLINT_OK ? c->name : status == VOLINT_ERR_AMBIGUOUS ? "two" : "none";
}

static const char *find(const char *name)
{
    const volint_command *c;
    volint_status status = volint_find(commands, name, &c);
    return said(status, c);
}

static const char *find_in(const char *name)
{
    const volint_command *c;
    volint_status status = volint_find_in(tables, name, &c);
    return said(status, c);
}

static void check_find(void)
{
    CHECK(strcmp(find("linux_pslist"), "linux_pslist") == 0);
    CHECK(strcmp(find("Linux-PsList"), "linux_pslist") == 0);
    CHECK(strcmp(find("linux_pslist_task"), "linux_pslist") == 0);
    CHECK(strcmp(find("volatility_render.linux_pslist_task"), "linux_pslist") == 0);
    CHECK(strcmp(find("linux.pslist"), "linux_pslist") == 0);
    CHECK(strcmp(find("linux.pslist.PsList"), "linux_pslist") == 0);
    CHECK(strcmp(find("linux.pslist.PsTree"), "linux_pslist") == 0);
    CHECK(strcmp(find("NetScan"), "netscan") == 0);
    CHECK(strcmp(find("windows.netscan"), "netscan") == 0);
    CHECK(strcmp(find("psaux"), "two") == 0);
    CHECK(strcmp(find("a.psaux"), "psaux_a") == 0);
    CHECK(strcmp(find("linux_lsof"), "lsof") == 0);
    CHECK(strcmp(find("pslist"), "none") == 0);
    CHECK(strcmp(find(""), "none") == 0);
    CHECK(strcmp(find("..."), "none") == 0);
}

/* Two messages for one plugin, plugins with other names, and versions that spell a
 * name each in its own way: package row finds the same. */
static void check_find_in(void)
{
    CHECK(strcmp(find_in("linux_pslist"), "linux_pslist") == 0);
    CHECK(strcmp(find_in("LINUX_PSLIST"), "linux_pslist") == 0);
    CHECK(strcmp(find_in("linux-pslist"), "linux_pslist") == 0);
    CHECK(strcmp(find_in("linux_pslist_task"), "linux_pslist") == 0);
    CHECK(strcmp(find_in("linux.pslist"), "linux.pslist") == 0);
    CHECK(strcmp(find_in("Linux.PsList"), "linux.pslist") == 0);
    CHECK(strcmp(find_in("linux.pslist.PsList"), "linux.pslist") == 0);
    CHECK(strcmp(find_in("linux_pslist_pslist"), "linux.pslist") == 0);
    CHECK(strcmp(find_in("LinuxPslist"), "linux.pslist") == 0);
    CHECK(strcmp(find_in("v3.LinuxPslist"), "linux.pslist") == 0);
    CHECK(strcmp(find_in("malfind"), "windows.malware.malfind") == 0);
    CHECK(strcmp(find_in("windows.malfind"), "windows.malware.malfind") == 0);
    CHECK(strcmp(find_in("old.malfind.Malfind"), "windows.malware.malfind") == 0);
    CHECK(strcmp(find_in("windows_malfind"), "windows.malware.malfind") == 0);
    CHECK(strcmp(find_in("linux.malfind"), "linux.malware.malfind") == 0);
    CHECK(strcmp(find_in("linux_malfind"), "linux_malfind") == 0);
    CHECK(strcmp(find_in("netscan"), "netscan") == 0);
    CHECK(strcmp(find_in("psaux"), "two") == 0);
    CHECK(strcmp(find_in("linux"), "none") == 0);
    CHECK(strcmp(find_in(""), "none") == 0);
}

static void check_unescape_one(const char *text, size_t size, const char *want, size_t want_size)
{
    char out[64];
    size_t n = volint_unescape(out, text, size);
    CHECK(n == want_size && memcmp(out, want, n) == 0);
    /* In its own place, too. */
    memcpy(out, text, size);
    n = volint_unescape(out, out, size);
    CHECK(n == want_size && memcmp(out, want, n) == 0);
}

static void check_unescape(void)
{
    check_unescape_one("", 0, "", 0);
    check_unescape_one("init", 4, "init", 4);
    check_unescape_one("a\\xffb", 6, "a\xff" "b", 3);
    check_unescape_one("\\x5cx00", 7, "\\x00", 4);
    check_unescape_one("\\xFF\\x4", 7, "\\xFF\\x4", 7);
    check_unescape_one("\\\\x00", 5, "\\\0", 2);
    check_unescape_one("\\x", 2, "\\x", 2);
}

static void check_utf8(void)
{
    CHECK(volint_valid_utf8("", 0));
    CHECK(volint_valid_utf8("12345678\xc3\xbc", 10));
    CHECK(volint_valid_utf8("\xf4\x8f\xbf\xbf", 4));
    CHECK(!volint_valid_utf8("\xf4\x90\x80\x80", 4));
    CHECK(!volint_valid_utf8("\xed\xa0\x80", 3));
    CHECK(!volint_valid_utf8("\xc0\x80", 2));
    CHECK(!volint_valid_utf8("1234567\xc3", 8));
}

static void check_text(void)
{
    int status;
    volint_str text = {"init", 4};
    for (status = 0; status <= VOLINT_ERR_AMBIGUOUS; status++)
        CHECK(strcmp(volint_status_text((volint_status)status), "unknown status") != 0);
    CHECK(volint_str_is(text, "init"));
    CHECK(!volint_str_is(text, "ini"));
    CHECK(!volint_str_is(text, "init2"));
}

/* Frames of 3, 0 and 2 bytes. */
static const char stream[] = "\3\0\0\0abc\0\0\0\0\2\0\0\0de";
#define STREAM_SIZE (sizeof stream - 1)

/* Reads a prefix of the stream and spends each frame, as decoding does. */
static void check_cut(size_t size)
{
    static const size_t starts[] = {0, 7, 11, 17};
    char *memory = (char *)malloc(size + 1);
    volint_reader r, c;
    volint_status status;
    unsigned whole = 0;
    memcpy(memory, stream, size);
    memory[size] = 'x';
    volint_reader_memory(&r, memory, size);
    volint_reader_const(&c, stream, size);
    while (whole < 3 && starts[whole + 1] <= size)
        whole++;
    while ((status = volint_read(&r)) == VOLINT_OK) {
        CHECK(volint_read(&c) == VOLINT_OK);
        CHECK(c.size == r.size && memcmp(c.data, r.data, r.size) == 0 && c.frame == NULL);
        CHECK(r.offset == starts[r.number - 1]);
        memset(r.frame, 0, r.size + 1);
    }
    CHECK(volint_read(&c) == status && c.number == r.number && c.offset == r.offset);
    CHECK(r.offset == starts[whole] && r.at == size);
    CHECK(r.number == (size == starts[whole] ? whole : whole + 1));
    CHECK(status == (size == starts[whole] ? VOLINT_END : VOLINT_ERR_FRAME));
    CHECK(volint_read(&r) == status);
    free(memory);
}

static void check_limit(void)
{
    volint_reader r;
    volint_reader_const(&r, "\4\0\0\0abcd\5\0\0\0abcde", 17);
    r.limit = 4;
    CHECK(volint_read(&r) == VOLINT_OK);
    CHECK(volint_read(&r) == VOLINT_ERR_LIMIT && r.number == 2 && r.offset == 8 && r.size == 5);
    volint_reader_const(&r, "\377\377\377\377", 4);
    CHECK(volint_read(&r) == VOLINT_ERR_LIMIT && r.number == 1 && r.offset == 0);
    r.limit = UINT32_MAX;
    CHECK(volint_read(&r) == VOLINT_ERR_FRAME);
    volint_reader_const(&r, NULL, 0);
    CHECK(volint_read(&r) == VOLINT_END && r.number == 0);
}

int main(void)
{
    size_t size;
    check_find();
    check_find_in();
    check_unescape();
    check_utf8();
    check_text();
    for (size = 0; size <= STREAM_SIZE; size++)
        check_cut(size);
    check_limit();
    return bad;
}
