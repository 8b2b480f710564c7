// Package bytesize reads and writes numbers of bytes as people do.
package bytesize

import (
	"fmt"
	"strconv"
	"strings"
)

const units = "KMGTPE"

// Parse reads a number of bytes: with K, M, G, T, P or E behind it it is of units of
// 1024, and B or iB may follow that.
func Parse(text string) (int64, error) {
	number, shift := text, 0
	upper := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(text), "B"), "I")
	if n := len(upper); n > 0 {
		number = upper
		if at := strings.IndexByte(units, upper[n-1]); at >= 0 {
			number, shift = upper[:n-1], 10*(at+1)
		}
	}
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil || n > (1<<63-1)>>shift {
		return 0, fmt.Errorf("%q is no number of bytes", text)
	}
	return int64(n << shift), nil
}

// Text writes a number of bytes in three digits or so: 914 B, 11.5 MiB.
func Text(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, unit := float64(n), -1
	for value >= 999.5 && unit < len(units)-1 {
		value /= 1024
		unit++
	}
	if value < 99.95 {
		return fmt.Sprintf("%.1f %ciB", value, units[unit])
	}
	return fmt.Sprintf("%.0f %ciB", value, units[unit])
}
