// What Google's conformance runner asks of glibc 2.38 and libstdc++ 13, for
// machines that have older ones. older_glibc.py loads this before them.

#include <cstdlib>
#include <iostream> // makes cout and cerr ready, which is all the last of these does

extern "C" {
// The forms that take 0b1010 in base 0; the runner reads no such numbers.
long __isoc23_strtol(const char *s, char **end, int base) { return strtol(s, end, base); }
unsigned long __isoc23_strtoul(const char *s, char **end, int base) { return strtoul(s, end, base); }
long long __isoc23_strtoll(const char *s, char **end, int base) { return strtoll(s, end, base); }
unsigned long long __isoc23_strtoull(const char *s, char **end, int base) { return strtoull(s, end, base); }

void _ZSt21ios_base_library_initv(void) {}
}
