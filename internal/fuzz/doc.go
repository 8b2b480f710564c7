// Package fuzz holds the tests that give random schemas, random messages and
// broken bytes to generated code and to Google's protobuf: both must read the
// same values, or both must refuse. docs/security.md says what rests on them.
//
// Package schema makes the schemas, package message the bytes, and package oracle
// says what must come of them. The tests run a few schemas, always the same;
// `make fuzz` runs others, and the targets that look for new paths in the code.
package fuzz
