package qemutest

import (
	"encoding/binary"
	"os"
	"testing"
)

const (
	// Marker stands at MarkerAddress once [Counter] runs.
	Marker        uint32 = 0x544E4C56 // "VLNT"
	MarkerAddress uint64 = 0x7000
	// CounterAddress is where Counter counts, 32 bits little endian.
	CounterAddress uint64 = 0x7004
)

// Counter is a boot sector that counts the ticks of the clock, 18 a second, at
// CounterAddress: it stands still while the guest does. The processor sleeps
// between the ticks.
func Counter() []byte {
	code := []byte{
		0x31, 0xC0, // xor ax, ax
		0x8E, 0xD8, // mov ds, ax
		0x66, 0xC7, 0x06, 0x00, 0x70, 0, 0, 0, 0, // mov dword [MarkerAddress], Marker
		0xFB,                         // again: sti
		0xF4,                         // hlt
		0x66, 0xFF, 0x06, 0x04, 0x70, // inc dword [CounterAddress]
		0xEB, 0xF7, // jmp again
	}
	binary.LittleEndian.PutUint32(code[9:], Marker)
	return code
}

// sector is the size of a boot sector; its last two bytes are its signature.
const sector = 512

func writeBootSector(t testing.TB, path string, code []byte) {
	t.Helper()
	if len(code) > sector-2 {
		t.Fatalf("qemutest: a boot sector has room for %d bytes of code, not %d", sector-2, len(code))
	}
	// A disk of more than the boot sector, as firmware expects.
	disk := make([]byte, 1<<20)
	copy(disk, code)
	copy(disk[sector-2:], "\x55\xAA")
	if err := os.WriteFile(path, disk, 0o600); err != nil {
		t.Fatalf("qemutest: %v", err)
	}
}
