module github.com/volint/volint/bench/decode

go 1.24.0

replace github.com/volint/volint => ../..

require (
	github.com/VictoriaMetrics/easyproto v1.1.3
	github.com/google/go-cmp v0.7.0
	github.com/planetscale/vtprotobuf v0.6.0
	github.com/volint/volint v0.0.0
	google.golang.org/protobuf v1.36.12
)

require golang.org/x/sys v0.33.0

tool (
	github.com/planetscale/vtprotobuf/cmd/protoc-gen-go-vtproto
	google.golang.org/protobuf/cmd/protoc-gen-go
)
