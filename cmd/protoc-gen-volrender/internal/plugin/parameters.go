package plugin

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

const parameterHelp = `  lang=go+c+python+python2+python3
                              the languages, any of them joined by +; default all.
                              python is for programs, the other two for Volatility
  python_encoder=self|pb2     how Python encodes rows: by itself (default), or
                              with the _pb2 module that protoc writes
  c_commands=PATH             the path of a list of all tables of commands in C, which
                              is called so with _ for slashes; default none
  go_suffix=row               what the Go package's name adds to go_package's
  paths=import|source_relative, module=PREFIX, M<file>=<import path>
                              where Go code goes, as for protoc-gen-go
  well_known=true             google/protobuf's own files and volint's, which volint
                              ships, instead of all others
`

// settings are what the parameters say.
type settings struct {
	langs    map[string]bool
	pb2      bool
	goSuffix string
	// cCommands is the name of the list of all commands in C, or "".
	cCommands string
	// wellKnown asks for protobuf's own files and volint's, and nothing else.
	wellKnown bool
}

// dropIns are the versions of Volatility that something is made for.
func (s *settings) dropIns() []int {
	var versions []int
	for _, version := range []int{2, 3} {
		if s.langs[fmt.Sprintf("python%d", version)] {
			versions = append(versions, version)
		}
	}
	return versions
}

// languages that can be asked for, in the order in which they are named.
var languages = []string{"go", "c", "python", "python2", "python3"}

// setters has a function for each parameter. Those about the paths of Go files
// are protogen's to read.
var setters = map[string]func(s *settings, value string) error{
	"lang":           (*settings).setLangs,
	"python_encoder": (*settings).setEncoder,
	"c_commands":     func(s *settings, value string) error { s.cCommands = value; return nil },
	"go_suffix":      (*settings).setSuffix,
	"paths":          (*settings).checkPaths,
	"module":         func(*settings, string) error { return nil },
	"well_known":     (*settings).setWellKnown,
}

// parseParameters reads the request's parameter, "name=value,name=value".
func parseParameters(parameter string) (*settings, error) {
	s := &settings{langs: map[string]bool{}, goSuffix: "row"}
	for _, part := range strings.Split(parameter, ",") {
		name, value, _ := strings.Cut(part, "=")
		set, known := setters[name]
		switch {
		case known:
			if err := set(s, value); err != nil {
				return nil, err
			}
		case part == "" || strings.HasPrefix(name, "M"):
		default:
			return nil, unknownParameter(name)
		}
	}
	if len(s.langs) == 0 {
		for _, l := range languages {
			s.langs[l] = true
		}
	}
	return s, nil
}

func unknownParameter(name string) error {
	known := slices.Sorted(maps.Keys(setters))
	hint := fmt.Sprintf("the parameters are %s and M<file>=<import path>", strings.Join(known, ", "))
	if slices.Contains(languages, name) {
		hint = fmt.Sprintf("languages are joined by +, as in lang=go+%s; ", name) + hint
	} else if near := nearest(name, known); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near) + hint
	}
	return mistake(hint, "unknown parameter %q", name)
}

func (s *settings) setLangs(value string) error {
	for _, lang := range strings.Split(value, "+") {
		if !slices.Contains(languages, lang) {
			hint := "the languages are " + strings.Join(languages, ", ")
			if near := nearest(lang, languages); near != "" {
				hint = fmt.Sprintf("did you mean %q? ", near) + hint
			}
			return mistake(hint, "unknown language %q in lang=%s", lang, value)
		}
		s.langs[lang] = true
	}
	return nil
}

func (s *settings) setEncoder(value string) error {
	if value != "self" && value != "pb2" {
		return mistake("write python_encoder=self or python_encoder=pb2", "unknown Python encoder %q", value)
	}
	s.pb2 = value == "pb2"
	return nil
}

var goSuffix = regexp.MustCompile(`^[a-z0-9_]+$`)

func (s *settings) setSuffix(value string) error {
	if !goSuffix.MatchString(value) {
		return mistake("use lower case letters, digits and `_`, such as go_suffix=row",
			"%q can't be added to the name of a Go package", value)
	}
	s.goSuffix = value
	return nil
}

func (s *settings) setWellKnown(value string) error {
	if value != "true" && value != "false" {
		return mistake("write well_known=true or well_known=false", "%q is neither true nor false", value)
	}
	s.wellKnown = value == "true"
	return nil
}

func (s *settings) checkPaths(value string) error {
	if value != "import" && value != "source_relative" {
		return mistake("write paths=import or paths=source_relative", "unknown kind of paths %q", value)
	}
	return nil
}

// mistake is an error in a parameter, in the form that errors in .proto files
// have.
func mistake(hint, format string, args ...any) error {
	return &plan.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}
}
