/* The guest's user land: one static program. As process 1 it is init, which
 * starts it again under other names; each of those plays the roles that its
 * arguments name, so that every Linux plugin of Volatility finds something. */
#include "syscall.h"

enum {
	PROT_READ_WRITE = 3,
	PROT_ALL = 7,
	MAP_SHARED_FIXED = 0x11,
	MAP_PRIVATE_ANONYMOUS = 0x22,
	O_READ_WRITE = 2,
	AF_UNIX_ = 1,
	AF_INET_ = 2,
	SOCK_STREAM_ = 1,
	SOCK_DGRAM_ = 2,
	SIOCSIFADDR_ = 0x8916,
	SIOCSIFFLAGS_ = 0x8914,
	PR_SET_NAME_ = 15,
	/* VM | FS | FILES | SIGHAND | THREAD | SYSVSEM */
	CLONE_THREAD_FLAGS = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000,
	PAGE = 4096,
};

struct internet_address {
	unsigned short family, port;
	unsigned address;
	char zero[8];
};

struct unix_address {
	unsigned short family;
	char path[108];
};

#define BIG_ENDIAN_16(x) ((unsigned short)(((x) >> 8) | ((x) << 8)))
#define LOOPBACK 0x0100007fu

static void start(const char *path, const char *const *arguments, const char *const *environment)
{
	if (CALL0(fork) != 0)
		return;
	CALL3(execve, path, arguments, environment);
	print("can't start ");
	print(path);
	print("\n");
	CALL1(exit_group, 127);
}

/* --- roles ------------------------------------------------------------------ */

static void become_user(void)
{
	CALL1(setgid, 1001);
	CALL1(setuid, 1000);
}

/* A shared mapping of a file, changed, and its descriptor left open. */
static void map_file(const char *path)
{
	long file = CALL3(open, path, O_READ_WRITE, 0);
	volatile char *memory = (volatile char *)CALL6(mmap, 0x700000000000, 2 * PAGE, PROT_READ_WRITE,
						       MAP_SHARED_FIXED, file, 0);

	(void)memory[0];
	memory[PAGE] = 'Z';
}

/* Private memory with a text that can be searched for. */
static void mark_memory(void)
{
	static const char marker[] = "FIXTURE-ANON-MARKER-5f3759df";
	char *memory = (char *)CALL6(mmap, 0, 4 * PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);

	memcpy(memory + 64, marker, sizeof marker);
	memory[2 * PAGE] = 1;
}

/* A page that is writable and executable and holds code, as injected code does. */
static void inject_code(void)
{
	static const char code[] = "\x55\x48\x89\xe5\x90\x90\x90\x90\xcc\xc3";
	char *memory = (char *)CALL6(mmap, 0, PAGE, PROT_ALL, MAP_PRIVATE_ANONYMOUS, -1, 0);

	memcpy(memory, code, sizeof code);
}

/* A TCP listener with an established pair, a UDP socket, a UNIX socket. */
static void open_sockets(void)
{
	struct internet_address tcp = {AF_INET_, BIG_ENDIAN_16(4444), LOOPBACK, {0}};
	struct internet_address udp = {AF_INET_, BIG_ENDIAN_16(5353), 0, {0}};
	struct unix_address local = {AF_UNIX_, "/tmp/fixture.sock"};
	int one = 1;
	long listener = CALL3(socket, AF_INET_, SOCK_STREAM_, 0);
	long client = CALL3(socket, AF_INET_, SOCK_STREAM_, 0);
	long datagrams = CALL3(socket, AF_INET_, SOCK_DGRAM_, 0);
	long unix_listener = CALL3(socket, AF_UNIX_, SOCK_STREAM_, 0);

	CALL5(setsockopt, listener, 1, 2, &one, sizeof one); /* SO_REUSEADDR */
	CALL3(bind, listener, &tcp, sizeof tcp);
	CALL2(listen, listener, 5);
	CALL3(connect, client, &tcp, sizeof tcp);
	CALL3(accept, listener, 0, 0);
	CALL3(bind, datagrams, &udp, sizeof udp);
	CALL3(bind, unix_listener, &local, 20);
	CALL2(listen, unix_listener, 1);
}

static void idle(void)
{
	for (;;)
		sleep_seconds(1000000);
}

__attribute__((used)) void thread_main(void)
{
	CALL2(prctl, PR_SET_NAME_, "fix-thread2");
	idle();
}

/* A second thread. It returns from clone on a stack of its own, where nothing of
 * this function's frame is: so it goes straight to thread_main. */
static void start_thread(void)
{
	static char stack[4 * PAGE] __attribute__((aligned(16)));
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "and $-16, %%rsp\n\t"
			 "call thread_main\n"
			 "1:"
			 : "=a"(result)
			 : "0"((long)__NR_clone), "D"((long)CLONE_THREAD_FLAGS),
			   "S"(stack + sizeof stack - 16), "d"(0L), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
}

static void start_child(const char *self, const char *path)
{
	const char *arguments[] = {self, "--idle", path, NULL};
	const char *environment[] = {"LEVEL=2", NULL};

	start(path, arguments, environment);
}

/* A child that has ended and that nobody waits for. */
static void leave_zombie(void)
{
	if (CALL0(fork) == 0)
		CALL1(exit_group, 7);
}

static void play(int count, char **arguments)
{
	for (int i = 1; i < count; i++) {
		const char *role = arguments[i];

		if (equal(role, "--uid"))
			become_user();
		else if (equal(role, "--map"))
			map_file(arguments[++i]);
		else if (equal(role, "--heap"))
			mark_memory();
		else if (equal(role, "--rwx"))
			inject_code();
		else if (equal(role, "--listen"))
			open_sockets();
		else if (equal(role, "--thread"))
			start_thread();
		else if (equal(role, "--child"))
			start_child(arguments[0], arguments[i + 1]), i++;
		else if (equal(role, "--unlink"))
			CALL1(unlink, arguments[++i]);
		else if (equal(role, "--zombie"))
			leave_zombie();
	}
	idle();
}

/* --- init ------------------------------------------------------------------- */

/* Zeroes the free memory, which holds what booting left behind (the packed
 * kernel, the initrd): the image packs far better without. */
static void scrub_free_memory(void)
{
	long info[16];
	long child = CALL0(fork);

	if (child == 0) {
		CALL1(sysinfo, info);
		long length = info[5] - info[5] / 8; /* freeram, less a reserve */
		volatile char *memory = (volatile char *)CALL6(mmap, 0, length, PROT_READ_WRITE,
							       MAP_PRIVATE_ANONYMOUS, -1, 0);
		if ((long)memory > 0)
			for (long i = 0; i < length; i += PAGE)
				memory[i] = 0;
		CALL1(exit_group, 0);
	}
	CALL4(wait4, child, 0, 0, 0);
}

static void mount_file_systems(void)
{
	CALL2(mkdir, "/proc", 0755);
	CALL2(mkdir, "/sys", 0755);
	CALL2(mkdir, "/dev", 0755);
	CALL2(mkdir, "/tmp", 01777);
	CALL2(mkdir, "/data", 0755);
	CALL5(mount, "proc", "/proc", "proc", 0, 0);
	CALL5(mount, "sysfs", "/sys", "sysfs", 0, 0);
	CALL5(mount, "dev", "/dev", "devtmpfs", 0, 0);
	CALL5(mount, "tmp", "/tmp", "tmpfs", 0, 0);
}

static void open_console(void)
{
	long console = CALL3(open, "/dev/console", O_READ_WRITE, 0);

	for (int descriptor = 0; console >= 0 && descriptor < 3; descriptor++)
		CALL2(dup2, console, descriptor);
}

/* Gives the loopback interface its address and switches it on. */
static void bring_up_loopback(void)
{
	struct {
		char name[16];
		union {
			struct internet_address address;
			unsigned short flags;
			char room[24];
		};
	} request;
	long any = CALL3(socket, AF_INET_, SOCK_DGRAM_, 0);

	memset(&request, 0, sizeof request);
	memcpy(request.name, "lo", 3);
	request.address.family = AF_INET_;
	request.address.address = LOOPBACK;
	CALL3(ioctl, any, SIOCSIFADDR_, &request);
	memset(request.room, 0, sizeof request.room);
	request.flags = 1; /* IFF_UP */
	CALL3(ioctl, any, SIOCSIFFLAGS_, &request);
	CALL1(close, any);
}

static void load_module(void)
{
	long file = CALL3(open, "/lib/dummy.ko", 0, 0);

	if (file < 0)
		return;
	if (CALL3(finit_module, file, "numdummies=1", 0) < 0)
		print("can't load the module\n");
	CALL1(close, file);
}

#define START(name, environment, ...)                                       \
	do {                                                                \
		const char *arguments[] = {name, __VA_ARGS__, NULL};        \
		start("/bin/" name, arguments, environment);                \
	} while (0)

static void start_processes(void)
{
	static const char *const plain[] = {"PATH=/bin", "HOME=/root", "FIXTURE_TOKEN=tok-1234567890", NULL};
	static const char *const user[] = {"USER=fixture", "SECRET=hunter2", NULL};

	START("alphad", plain, "--role", "worker", "--config=/etc/alpha.conf");
	START("mapperd", plain, "--map", "/data/secret.bin");
	START("listend", plain, "--listen");
	START("userd", user, "--uid", "--heap");
	START("threadd", plain, "--thread");
	START("parentd", plain, "--child", "/bin/childd");
	START("evild", plain, "--rwx", "--unlink", "/bin/evild");
	START("zombied", plain, "--zombie");
	START("a-process-name-longer-than-15", plain, "--idle");
}

static void be_init(void)
{
	scrub_free_memory();
	mount_file_systems();
	open_console();
	CALL2(sethostname, "fixture", 7);
	bring_up_loopback();
	load_module();
	start_processes();
	sleep_seconds(1);
	print("\nREADY\n");
	for (;;)
		if (CALL4(wait4, -1, 0, 0, 0) < 0)
			sleep_seconds(1000);
}

__attribute__((used)) void start_here(long *stack)
{
	int count = (int)stack[0];
	char **arguments = (char **)(stack + 1);

	if (CALL0(getpid) == 1)
		be_init();
	else
		play(count, arguments);
	CALL1(exit_group, 0);
}

__asm__(".globl _start\n"
	"_start:\n\t"
	"xor %ebp, %ebp\n\t"
	"mov %rsp, %rdi\n\t"
	"and $-16, %rsp\n\t"
	"call start_here\n\t"
	"hlt\n");
