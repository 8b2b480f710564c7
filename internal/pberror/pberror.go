// Package pberror has what protobuf-go's errors say, in volint's words: without the
// mark in front, whose space is now of the one and now of the other kind.
package pberror

import (
	"errors"
	"strings"
)

// Text is what an error says.
func Text(err error) string {
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
}

// Plain is an error that says no more than Text.
func Plain(err error) error {
	return errors.New(Text(err))
}
