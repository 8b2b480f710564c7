package plan

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// AddImportPaths gives a Go import path to each file of the request that has
// neither a go_package option nor an M parameter: its protobuf package, with
// slashes for dots, below the module of the `module` parameter. Protogen refuses
// such files, and the bare schema of the PANDA-Volatility interface is one.
func AddImportPaths(req *pluginpb.CodeGeneratorRequest) {
	given := map[string]bool{}
	params := strings.Split(req.GetParameter(), ",")
	for _, param := range params {
		name, _, _ := strings.Cut(param, "=")
		if mapped, ok := strings.CutPrefix(name, "M"); ok {
			given[mapped] = true
		}
	}
	root := parameter(req, "module")
	if root == "" {
		// protogen looks for a slash or a dot; joining paths takes these away again.
		root = "."
	}
	for _, f := range req.GetProtoFile() {
		if f.GetOptions().GetGoPackage() == "" && !given[f.GetName()] && !strings.ContainsAny(f.GetName(), ",=") {
			params = append(params, "M"+f.GetName()+"="+root+"/"+packagePath(f))
		}
	}
	joined := strings.Trim(strings.Join(params, ","), ",")
	req.Parameter = &joined
}

// CheckGoPackages reports files to generate whose go_package option is a
// package's name and not an import path, which protogen refuses at length.
func CheckGoPackages(req *pluginpb.CodeGeneratorRequest) error {
	var errs Errors
	for _, f := range req.GetProtoFile() {
		option := f.GetOptions().GetGoPackage()
		importPath, _, _ := strings.Cut(option, ";")
		switch {
		case option == "" || strings.ContainsAny(importPath, "./"):
		case !slices.Contains(req.GetFileToGenerate(), f.GetName()) || parameter(req, "M"+f.GetName()) != "":
		default:
			errs = append(errs, &Error{
				Pos:  goPackagePos(f),
				Msg:  fmt.Sprintf("go_package is %q, which is no import path", option),
				Hint: fmt.Sprintf("write the path by which programs import it, such as example.com/%s, or take it out", option),
			})
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return errs
}

// goPackagePos is where a file's go_package option was written.
func goPackagePos(f *descriptorpb.FileDescriptorProto) Pos {
	for _, loc := range f.GetSourceCodeInfo().GetLocation() {
		if slices.Equal(loc.Path, []int32{8, 11}) && len(loc.Span) >= 3 {
			return Pos{File: f.GetName(), Line: int(loc.Span[0]) + 1, Column: int(loc.Span[1]) + 1}
		}
	}
	return Pos{File: f.GetName()}
}

func packagePath(f *descriptorpb.FileDescriptorProto) string {
	if pkg := f.GetPackage(); pkg != "" {
		return strings.ReplaceAll(pkg, ".", "/")
	}
	return stem(path.Base(f.GetName()))
}

// parameter is the value of one of the request's parameters; the last one
// counts, as for protogen.
func parameter(req *pluginpb.CodeGeneratorRequest, name string) string {
	value := ""
	for _, param := range strings.Split(req.GetParameter(), ",") {
		if n, v, _ := strings.Cut(param, "="); n == name {
			value = v
		}
	}
	return value
}
