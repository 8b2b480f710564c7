package rows

import (
	"fmt"
	"math"
	"reflect"
)

const (
	prime  = 0x100000001b3
	golden = 0x9e3779b97f4a7c15
)

// Sums are one number for each field of a kind of row, over all rows: who reads
// anything else, or in another order, has other sums. Values that are there count
// as more than nothing, also zeros.
type Sums []uint64

// Add adds a row, a pointer to one of this package's structs.
func (s *Sums) Add(row any) {
	v := reflect.ValueOf(row).Elem()
	var fields []uint64
	eachField(v, func(value uint64) { fields = append(fields, value) })
	if *s == nil {
		*s = make(Sums, len(fields))
	}
	for i, value := range fields {
		(*s)[i] = (*s)[i]*prime + value
	}
}

// eachField gives the number for each field: 0 for one that is not there.
func eachField(v reflect.Value, use func(uint64)) {
	has := v.FieldByName("Has")
	bit := 0
	for i := range v.NumField() {
		field := v.Type().Field(i)
		switch {
		case field.Name == "Has":
		case field.Tag.Get("opt") != "":
			if has.Uint()>>bit&1 == 0 {
				use(0)
			} else {
				use(hash(v.Field(i))*golden + 1)
			}
			bit++
		default:
			use(hash(v.Field(i))*golden + 1)
		}
	}
}

func hash(v reflect.Value) uint64 {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return 1
		}
		return 0
	case reflect.Int32, reflect.Int64:
		return uint64(v.Int())
	case reflect.Uint32, reflect.Uint64:
		return v.Uint()
	case reflect.Float32:
		return uint64(math.Float32bits(float32(v.Float())))
	case reflect.Float64:
		return math.Float64bits(v.Float())
	case reflect.String:
		return hashText(v.String())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return hashText(string(v.Bytes()))
		}
		sum := uint64(v.Len())
		for i := range v.Len() {
			sum = sum*prime + hash(v.Index(i))
		}
		return sum
	case reflect.Map:
		return hashMap(v)
	case reflect.Struct:
		var sum uint64
		eachField(v, func(value uint64) { sum = sum*prime + value })
		return sum
	}
	panic(fmt.Sprintf("rows: no sum of %s", v.Type()))
}

// hashMap is a map's sum, in whatever order the entries are.
func hashMap(v reflect.Value) uint64 {
	sum := uint64(v.Len())
	for entries := v.MapRange(); entries.Next(); {
		sum += hash(entries.Key())*prime + hash(entries.Value())
	}
	return sum
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	sum := uint64(14695981039346656037)
	for i := range len(s) {
		sum = (sum ^ uint64(s[i])) * prime
	}
	return sum
}
