// Package output holds what an emitter makes, before the plug-in hands it to
// protoc.
package output

// File is one generated file.
type File struct {
	// Name is the path below the output folder, with forward slashes.
	Name    string
	Content []byte
}
