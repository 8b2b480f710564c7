package plan

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
)

// Words of C up to C23 and of C++ up to C++20, and macros that common headers
// and compilers define: any of them would break a struct's member.
var cWords = words(`
	alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t
	char32_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
	constinit continue decltype default delete do double dynamic_cast else enum explicit export
	extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq
	nullptr operator or or_eq private protected public register reinterpret_cast requires restrict
	return short signed sizeof static static_assert static_cast struct switch template this
	thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using
	virtual void volatile wchar_t while xor xor_eq
	_Alignas _Alignof _Atomic _BitInt _Bool _Complex _Decimal128 _Decimal32 _Decimal64 _Generic
	_Imaginary _Noreturn _Static_assert _Thread_local __func__ __asm__ __attribute__ __inline
	__restrict __volatile__ __FILE__ __LINE__ __DATE__ __TIME__ __cplusplus
	assert complex imaginary noreturn errno stdin stdout stderr offsetof major minor makedev
	linux unix i386 arm mips sparc near far interface small emit signals slots
	I NULL EOF BUFSIZ RAND_MAX PATH_MAX NAN INFINITY HUGE_VAL CHAR_BIT CHAR_MAX CHAR_MIN
	INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN ULONG_MAX SHRT_MAX SHRT_MIN USHRT_MAX
	INT8_MAX INT16_MAX INT32_MAX INT64_MAX INT8_MIN INT16_MIN INT32_MIN INT64_MIN
	UINT8_MAX UINT16_MAX UINT32_MAX UINT64_MAX SIZE_MAX PTRDIFF_MAX INTPTR_MAX UINTPTR_MAX
	EPERM ENOENT EINTR EIO EAGAIN ENOMEM EACCES EEXIST EINVAL ERANGE EPIPE
	SIGINT SIGTERM SIGKILL SIGSEGV SEEK_SET SEEK_CUR SEEK_END
	IN OUT OPTIONAL ERROR DELETE CONST VOID TRUE FALSE`)

// Names that libraries declare at file scope, where a message of a file without
// a package would meet them.
var cLibrary = words(`
	abort abs accept access alarm atoi bind bsearch calloc chdir chmod chown clock close connect
	connection div dup exit exp fclose file_t fopen fork free fsync getenv getopt getpid index
	ioctl kill link listen log main malloc memcmp memcpy memmove memset mkdir mmap mount nice open
	optarg optind pause pipe poll popen pow pread printf pwrite qsort raise rand read realloc
	recv remove rename rewind rindex round select send setenv shutdown signal sin sleep socket
	sqrt stat statfs strcmp strcpy strdup strlen sync syscall system tan time times timezone
	truncate tzname umask uname ungetc unlink usleep utime wait write
	environ daylight vol_cancel vol_close vol_end vol_list vol_ll_node vol_next vol_open vol_options vol_result vol_row_fn
	vol_rows vol_run vol_run_cmd vol_server vol_session vol_start
	size_t ssize_t ptrdiff_t intptr_t uintptr_t int8_t int16_t int32_t int64_t uint8_t uint16_t
	uint32_t uint64_t time_t off_t pid_t uid_t gid_t mode_t dev_t ino_t va_list FILE`)

// Names of parameters and variables of generated functions: those of file scope
// would be hidden by them, which compilers can be asked to warn of.
var cParameters = words(`row frame size arena buffer capacity to d p end c has`)

func cFile(f *file, global scope) {
	s, base := stem(f.Path), strings.TrimSuffix(f.Path, ".proto")
	f.C = CFile{
		Header:   base + ".volrender.h",
		Source:   base + ".volrender.c",
		Guard:    global.claim(strings.ToUpper(s)+"_VOLRENDER_H", nil, nil),
		Commands: global.claim(s+"_commands", cReserved, nil),
	}
}

// listPath is what the path of the list of tables looks like.
var listPath = regexp.MustCompile(`^[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)*$`)

// listC places the list of all tables of commands, where one is asked for. What it is
// called, nothing else can be; names of the runtime are volint's to choose.
func (b *builder) listC(global scope) {
	path := b.opts.CCommands
	if path == "" {
		return
	}
	name := stem(path)
	if !listPath.MatchString(path) || cWords[name] || cLibrary[name] || cParameters[name] {
		b.errorf(Pos{}, "use lower case letters, digits and `_`, such as c_commands=my_commands", "%q can't be the name of a table in C", path)
	}
	global[name] = true
	b.cList = &CList{
		Name: name, Header: path + ".volrender.h", Source: path + ".volrender.c",
		Guard: global.claim(strings.ToUpper(name)+"_VOLRENDER_H", nil, nil),
	}
}

func cReserved(name string) bool {
	// Names of the runtime begin so; those of volint's own schemas have a longer
	// prefix, which the runtime keeps clear of.
	runtime := strings.HasPrefix(name, "volint_")
	for _, own := range []string{"volint_volatility2_", "volint_volatility3_", "volint_volrender_"} {
		runtime = runtime && !strings.HasPrefix(name, own)
	}
	return cWords[name] || cLibrary[name] || cParameters[name] || runtime && !strings.HasSuffix(name, "_")
}

func (s scope) nameC(f *file) {
	for _, m := range f.Messages {
		taken := cMembers(m)
		fields := scope{}
		for _, field := range m.Fields {
			field.CName = fields.claim(field.Name, func(n string) bool { return taken[n] || cWords[n] }, nil)
		}
		oneofs := scope{}
		for _, o := range m.Oneofs {
			o.CName = oneofs.claim(o.Name, nil, nil)
		}
		m.CName = s.claim(flat(m.FullName), cReserved, func(name string) []string { return cDerived(name, m) })
	}
	eachEnum(f, func(e *Enum, gen *protogen.Enum) {
		e.CName = s.claim(flat(e.FullName), cReserved, nil)
		for i, v := range gen.Values {
			e.Values[i].CName = s.claim(flat(string(v.Desc.FullName())), cReserved, nil)
		}
	})
}

// cMembers are names that no field may have in a message's struct: the presence
// bits, and the types of the fields, since C++ forbids that a member's name is
// its type's.
func cMembers(m *Message) map[string]bool {
	taken := words(`has unknown bool size_t int32_t int64_t uint32_t uint64_t
		volint_str volint_timestamp volint_absence`)
	for _, field := range m.Fields {
		if field.Enum != nil {
			takeType(taken, field.Enum.FullName)
		}
		if field.Message != nil {
			takeType(taken, field.Message.FullName)
		}
		if field.Label == Map {
			taken[flat(m.FullName)+"_"+field.Name+"_entry"] = true
		}
	}
	return taken
}

// takeType takes the names that a type may come to have, since fields get theirs
// first.
func takeType(taken map[string]bool, fullName string) {
	name := flat(fullName)
	for range 3 {
		taken[name] = !cReserved(name)
		name += "_"
	}
}

// cDerived are the names that a generated file declares for a message beside
// its struct.
func cDerived(name string, m *Message) []string {
	var names []string
	for _, suffix := range []string{"init", "decode", "decode_inplace", "encode", "encode_frame", "read", "fields", "order", "none", "message", "aliases"} {
		names = append(names, name+"_"+suffix)
	}
	for _, field := range m.Fields {
		names = append(names, name+"_has_"+field.CName, name+"_set_"+field.CName, name+"_clear_"+field.CName, fmt.Sprintf("%s_names_%d", name, field.Number))
		if field.Label == Map {
			entry := name + "_" + field.CName + "_entry"
			names = append(names, entry, entry+"_fields", entry+"_none", entry+"_message")
		}
	}
	for _, o := range m.Oneofs {
		names = append(names, name+"_which_"+o.CName)
	}
	return names
}
