package bytesize

import (
	"math"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "10k": 10 << 10, "500M": 500 << 20, "2g": 2 << 30, "2GiB": 2 << 30, "2gb": 2 << 30, "3T": 3 << 40,
		"7B": 7, "1P": 1 << 50, "7E": 7 << 60, "9223372036854775807": math.MaxInt64,
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", " ", "B", "iB", "G", "-1", "+1", "1.5G", "1 G", "8E", "9223372036854775808", "99999999999999999999G", "0x10", "1GG"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %d", text, got)
		}
	}
}

func TestText(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 12032698: "11.5 MiB", 2 << 30: "2.0 GiB",
		1<<20 - 1: "1.0 MiB", 150 << 20: "150 MiB", math.MaxInt64: "8.0 EiB",
	} {
		if got := Text(n); got != want {
			t.Errorf("Text(%d) = %q, want %q", n, got, want)
		}
	}
}
