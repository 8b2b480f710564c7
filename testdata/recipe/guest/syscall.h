/* System calls without a C library: the guest's programs are a few kilobytes,
 * and an image that holds little else packs well. x86-64 only. */
#ifndef GUEST_SYSCALL_H
#define GUEST_SYSCALL_H

#include <asm/unistd.h>

#define NULL ((void *)0)

static inline long system_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define CALL6(name, a, b, c, d, e, f) \
	system_call(__NR_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define CALL5(name, a, b, c, d, e) CALL6(name, a, b, c, d, e, 0)
#define CALL4(name, a, b, c, d) CALL6(name, a, b, c, d, 0, 0)
#define CALL3(name, a, b, c) CALL6(name, a, b, c, 0, 0, 0)
#define CALL2(name, a, b) CALL6(name, a, b, 0, 0, 0, 0)
#define CALL1(name, a) CALL6(name, a, 0, 0, 0, 0, 0)
#define CALL0(name) CALL6(name, 0, 0, 0, 0, 0, 0)

/* The compiler itself calls these two. */
void *memset(void *destination, int byte, unsigned long length)
{
	char *to = destination;

	while (length--)
		*to++ = (char)byte;
	return destination;
}

void *memcpy(void *destination, const void *source, unsigned long length)
{
	char *to = destination;
	const char *from = source;

	while (length--)
		*to++ = *from++;
	return destination;
}

static unsigned long length_of(const char *text)
{
	unsigned long length = 0;

	while (text[length])
		length++;
	return length;
}

static int equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static void print(const char *text)
{
	CALL3(write, 1, text, length_of(text));
}

static void sleep_seconds(long seconds)
{
	long time[2] = {seconds, 0};

	CALL2(nanosleep, time, 0);
}

#endif
