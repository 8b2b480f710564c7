package schemaimport

import (
	"strings"

	"github.com/volint/volint/internal/option"
)

// pair finds which plugins of the two Volatilities show the same thing. Those that do
// share a subject, every other has its own.
//
// Who made them called them alike (`linux_bash` and `linux.bash.Bash`), and their columns
// have to confirm it. The data says of a few that they belong together although they are
// called otherwise, or that they do not although it looks like it.
func pair(data *knowledge, twos, threes []*plugin) []*subject {
	byName := map[string]*plugin{}
	for _, p := range twos {
		byName[p.name] = p
	}
	taken := map[*plugin]bool{}
	var subjects []*subject
	for _, three := range threes {
		s := &subject{three: three}
		for _, two := range twos {
			rule := data.pairs[two.name]
			if taken[two] || rule != nil && rule.three != three.name || rule == nil && !calledAlike(two.name, three.name) {
				continue
			}
			same := sameColumns(data, rule, two, three)
			if rule == nil && !confirmed(len(same), len(two.columns), len(three.columns)) {
				continue
			}
			s.two, s.same, taken[two] = two, same, true
			break
		}
		subjects = append(subjects, s)
	}
	for _, two := range twos {
		if !taken[two] {
			subjects = append(subjects, &subject{two: two})
		}
	}
	return subjects
}

// calledAlike tells whether two plugins have the same name, each in its Volatility's way.
func calledAlike(two, three string) bool {
	module, class := moduleAndClass(three)
	parts := strings.Split(module, ".")
	last := parts[len(parts)-1]
	family := "windows"
	for _, f := range []string{"linux", "mac"} {
		if rest, is := strings.CutPrefix(two, f+"_"); is {
			family, two = f, rest
		}
	}
	if family != parts[0] && len(parts) > 1 {
		return false
	}
	return option.Fold(two) == option.Fold(last) || option.Fold(two) == option.Fold(class)
}

// confirmed tells whether so many columns that show the same are enough: half of those
// that the smaller table has.
func confirmed(same, two, three int) bool {
	return same > 0 && 2*same >= min(two, three)
}

// sameColumns finds for the columns of Volatility 3 those of Volatility 2 that show the
// same: as the rule for this pair says, else by their titles, else by another word for the
// same thing.
func sameColumns(data *knowledge, rule *pairRule, two, three *plugin) map[*column]*column {
	same, taken := map[*column]*column{}, map[*column]bool{}
	match := func(fits func(c2, c3 string) bool) {
		for _, c3 := range three.columns {
			for _, c2 := range two.columns {
				if same[c3] == nil && !taken[c2] && fits(option.Fold(c2.Title), option.Fold(c3.Title)) && compatible(c2, c3) {
					same[c3], taken[c2] = c2, true
				}
			}
		}
	}
	differ := func(c2, c3 string) bool {
		return rule != nil && (rule.differ[c2] || rule.same[c2] != "" && rule.same[c2] != c3)
	}
	match(func(c2, c3 string) bool { return rule != nil && rule.same[c2] == c3 })
	match(func(c2, c3 string) bool { return c2 == c3 && !differ(c2, c3) })
	match(func(c2, c3 string) bool { return data.synonyms[c2][c3] && !differ(c2, c3) })
	return same
}

// numbers2 are Volatility 2's types of numbers.
var numbers2 = map[string]bool{"int": true, "long": true, "Address": true, "Address64": true, "Hex": true}

// compatible tells whether what Volatility 2's column holds can be in a field made for
// Volatility 3's.
func compatible(c2, c3 *column) bool {
	switch c3.Type {
	case "int", "Hex", "Bin", "bool":
		return numbers2[c2.Type] || c2.Type == "str"
	case "datetime":
		return c2.Type == "str"
	case "bytes", "HexBytes", "LayerData", "MultiTypeData":
		return c2.Type == "Bytes" || c2.Type == "str"
	case "Disassembly":
		return false
	}
	return c2.Type != "Bytes"
}
