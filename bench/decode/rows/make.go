package rows

import "fmt"

const (
	// Count is how many rows of each made-up kind there are.
	Count = 200_000
	// Symbols is how many rows of linux.kallsyms there are.
	Symbols = 100_000

	none        = 1<<64 - 1
	kernelStart = 0xffff_8880_0000_0000
)

var (
	commands = []string{
		"systemd", "sshd", "bash", "cron", "dbus-daemon", "systemd-journal", "agetty", "rsyslogd", "nginx",
		"postgres", "python3", "NetworkManager", "polkitd", "containerd-shim", "dockerd", "java", "node", "sh", "vi",
	}
	workers  = []string{"kworker/%d:%d", "ksoftirqd/%d", "migration/%d", "cpuhp/%d", "irq/%d-nvme0q%d", "scsi_eh_%d"}
	accounts = []uint32{0, 0, 0, 1000, 1000, 33, 104, 65534}
)

// Tasks makes rows like those of linux_pslist: two in five are kernel threads,
// which have no page table and so the number that stands for none.
func Tasks() []Task {
	r := random(1)
	out := make([]Task, Count)
	for i := range out {
		t := &out[i]
		t.Has = 1<<7 - 1
		t.Offset = kernelStart + r.next()%(16<<30)&^63
		t.Pid = uint32(1 + r.below(32767))
		t.StartTime = 1_700_000_000 + r.next()%(90*24*3600)
		if r.below(5) < 2 {
			t.Name = worker(&r)
			t.Dtb = none
			continue
		}
		t.Name = pick(&r, commands)
		t.Uid = pick(&r, accounts)
		t.Gid = t.Uid
		t.Dtb = (16<<20 + r.next()%(16<<30)) &^ 4095
	}
	return out
}

// worker is a kernel thread's name, of at most 15 bytes.
func worker(r *random) string {
	format := pick(r, workers)
	var name string
	switch format {
	case workers[0], workers[4]:
		name = fmt.Sprintf(format, r.below(32), r.below(10))
	default:
		name = fmt.Sprintf(format, r.below(32))
	}
	return name[:min(len(name), 15)]
}

// MixedRows makes rows of 20 fields whose numbers are of all lengths.
func MixedRows() []Mixed {
	r := random(2)
	states := []int32{0, 1, 1, 1, 2, 4, 8, 16, 32, 1026}
	out := make([]Mixed, Count)
	for i := range out {
		m := &out[i]
		m.Load = float64(r.below(1600)) / 100
		m.Share = float32(r.below(100)) / 100
		m.Nice = int32(r.below(40) - 20)
		m.Delta = signed(&r, 40)
		m.Pid = uint32(1 + r.below(32767))
		m.Address = kernelStart + r.next()%(16<<30)&^63
		m.Priority = int32(r.below(140) - 100)
		m.Drift = signed(&r, 50)
		m.Checksum = uint32(r.next())
		m.Cookie = r.next()
		m.Score = int32(r.below(2000) - 1000)
		m.Skew = signed(&r, 63)
		m.Traced = r.below(8) == 0
		m.Comm = pick(&r, commands)
		for range 8 * r.below(5) {
			m.Stack = append(m.Stack, byte(r.next()))
		}
		m.State = pick(&r, states)
		if r.below(2) == 0 {
			m.Path, m.Has = "/usr/bin/"+m.Comm, m.Has|1
		}
		if r.below(4) != 0 {
			m.Parent, m.Has = kernelStart+r.next()%(16<<30)&^63, m.Has|2
		}
		if r.below(3) == 0 {
			m.ExitCode, m.Has = int32(r.below(256)-128), m.Has|4
		}
		m.Kernel = r.below(3) == 0
	}
	return out
}

func signed(r *random, bits int) int64 {
	v := int64(r.bits(bits))
	if r.below(2) == 0 {
		return -v
	}
	return v
}

// Processes makes rows with other messages in them: a few threads and arguments,
// some pages, four limits.
func Processes() []Process {
	r := random(3)
	words := []string{"--daemon", "-v", "--config=/etc/app.conf", "start", "-n", "4096", "--listen=0.0.0.0:443", "-D"}
	limits := []string{"core", "nofile", "nproc", "stack"}
	out := make([]Process, Count/4)
	for i := range out {
		p := &out[i]
		p.Offset = kernelStart + r.next()%(16<<30)&^63
		p.Name = pick(&r, commands)
		p.Pid = uint32(1 + r.below(32767))
		for n := range 1 + r.below(6) {
			p.Threads = append(p.Threads, Thread{p.Pid + uint32(n), kernelStart + r.next()%(16<<30)&^63})
		}
		p.Args = append(p.Args, "/usr/bin/"+p.Name)
		for range r.below(4) {
			p.Args = append(p.Args, pick(&r, words))
		}
		for range r.below(16) {
			p.Pages = append(p.Pages, r.next()%(16<<30)>>12)
		}
		account := pick(&r, accounts)
		p.Cred, p.Has = Credentials{account, account, r.bits(41)}, 1
		p.Limits = make(map[string]uint64)
		for _, key := range limits {
			p.Limits[key] = 1 << r.below(40)
		}
	}
	return out
}
