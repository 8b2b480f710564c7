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
	module := "."
	params := strings.Split(req.GetParameter(), ",")
	for _, param := range params {
		name, value, _ := strings.Cut(param, "=")
		if mapped, ok := strings.CutPrefix(name, "M"); ok {
			given[mapped] = true
		}
		if name == "module" && value != "" {
			module = value
		}
	}
	for _, f := range req.GetProtoFile() {
		if f.GetOptions().GetGoPackage() == "" && !given[f.GetName()] && !strings.ContainsAny(f.GetName(), ",=") {
			// A leading "./" satisfies protogen, which looks for a slash or a dot;
			// joining paths takes it away again.
			params = append(params, "M"+f.GetName()+"="+module+"/"+packagePath(f))
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
