package plan

import (
	"path"
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
