package session

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Args makes arguments for a command of a struct of options, as package
// gen/go/volatility3options and `volint schema options` have them:
//
//	session.Args(volatility3options.LinuxPslistPsList{Pid: []int64{1, 20}})
//
// is {"--pid=1", "--pid=20"}. A field's tag `option:"pid"` names its option; fields
// without one are passed over. A bool is given where it is true; a nil pointer and
// an empty slice are not given, nor are the zero values of numbers and strings,
// which a pointer tells from those that are meant; with `option:"base,required"`
// they are.
//
// options is such a struct or a pointer to one; nil, or a nil pointer, gives no
// arguments. Args panics where its type can't be one of options, which depends on
// the program alone and never on values.
func Args(options any) []string {
	v := reflect.ValueOf(options)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() == reflect.Pointer {
		return nil
	}
	fields, err := optionFields(v.Type())
	if err != nil {
		panic(err)
	}
	var args []string
	for _, f := range fields {
		args = appendOption(args, f, v.Field(f.index))
	}
	return args
}

// Int makes an optional number, for a field of a struct of options.
func Int(value int64) *int64 { return &value }

// optionField is a struct's field that is an option.
type optionField struct {
	name     string
	required bool
	index    int
}

// optionTypes holds the fields of types that were seen: reflect.Type to
// []optionField.
var optionTypes sync.Map

// optionFields finds the options of a struct, and checks all of them.
func optionFields(t reflect.Type) ([]optionField, error) {
	if known, ok := optionTypes.Load(t); ok {
		return known.([]optionField), nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("session.Args: options are a struct, not %v", t)
	}
	var fields []optionField
	names := map[string]string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, tagged := f.Tag.Lookup("option")
		if !tagged {
			continue
		}
		name, required := strings.CutSuffix(name, ",required")
		if err := checkOption(f, name, names); err != nil {
			return nil, fmt.Errorf("session.Args: %v.%s: %w", t, f.Name, err)
		}
		names[name] = f.Name
		fields = append(fields, optionField{name, required, i})
	}
	optionTypes.Store(t, fields)
	return fields, nil
}

func checkOption(f reflect.StructField, name string, names map[string]string) error {
	switch {
	case !f.IsExported():
		return fmt.Errorf("a field that is not exported can't be an option")
	case name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, "=, \t\n"):
		return fmt.Errorf("%q is no option's name: give it without dashes, as in `option:\"pid\"`", name)
	case names[name] != "":
		return fmt.Errorf("the option %s is the field %s already", name, names[name])
	}
	t := f.Type
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return nil
		}
	}
	return fmt.Errorf("an option can't be a %v: it is a bool, a number, a string, a []byte, a pointer to one or a slice of them", f.Type)
}

// appendOption appends an option with its value, if it is given. The value follows
// "=", so that it may begin with a dash.
func appendOption(args []string, f optionField, v reflect.Value) []string {
	flag := "--" + f.name
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return args
		}
		return appendValue(args, flag, v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break
		}
		for i := range v.Len() {
			args = appendValue(args, flag, v.Index(i))
		}
		return args
	}
	if v.IsZero() && !f.required {
		return args
	}
	return appendValue(args, flag, v)
}

// appendValue appends an option with a value that is meant.
func appendValue(args []string, flag string, v reflect.Value) []string {
	switch {
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			args = append(args, flag)
		}
		return args
	case v.Kind() == reflect.String:
		return append(args, flag+"="+v.String())
	case v.Kind() == reflect.Slice:
		return append(args, flag+"="+string(v.Bytes()))
	case v.CanInt():
		return append(args, flag+"="+strconv.FormatInt(v.Int(), 10))
	case v.CanUint():
		return append(args, flag+"="+strconv.FormatUint(v.Uint(), 10))
	}
	return append(args, flag+"="+strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
}
