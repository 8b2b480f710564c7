// Package messageset makes plain messages of message sets, which have a wire
// format of the time before proto2. protobuf-go refuses a file that declares one,
// and with it all other messages of the file. In a message set all fields are
// extensions, so what is left of it is a message of unknown fields.
package messageset

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
)

// endOfNumbers is the first number that no field can have. The extensions of a
// message set can.
const endOfNumbers = 1 << 29

// Plain takes away what makes messages of these files message sets, and the
// extensions that only a message set can have.
func Plain(files []*descriptorpb.FileDescriptorProto) {
	for _, file := range files {
		file.Extension = inRange(file.Extension)
		plainMessages(file.MessageType)
	}
}

func plainMessages(messages []*descriptorpb.DescriptorProto) {
	for _, message := range messages {
		message.Extension = inRange(message.Extension)
		if message.GetOptions().GetMessageSetWireFormat() {
			message.Options.MessageSetWireFormat = nil
			for _, extensions := range message.ExtensionRange {
				extensions.End = proto.Int32(min(extensions.GetEnd(), endOfNumbers))
			}
		}
		plainMessages(message.NestedType)
	}
}

func inRange(extensions []*descriptorpb.FieldDescriptorProto) []*descriptorpb.FieldDescriptorProto {
	return slices.DeleteFunc(extensions, func(extension *descriptorpb.FieldDescriptorProto) bool {
		return extension.GetNumber() >= endOfNumbers
	})
}
