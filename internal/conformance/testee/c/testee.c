/* Is driven by Google's conformance runner: reads requests, decodes what they
 * carry and encodes it again, by generated code alone.
 */
#include "conformance/conformance.volrender.h"
#include "google/protobuf/test_messages_edition2023.volrender.h"
#include "google/protobuf/test_messages_proto2.volrender.h"
#include "google/protobuf/test_messages_proto2_editions.volrender.h"
#include "google/protobuf/test_messages_proto3.volrender.h"
#include "google/protobuf/test_messages_proto3_editions.volrender.h"

#include <stdio.h>
#include <stdlib.h>

/* The generated functions of one message; rows are untyped here. */
typedef struct codec {
    const char *name;
    volint_status (*decode)(void *row, const void *frame, size_t size, volint_arena *arena);
    volint_status (*decode_inplace)(void *row, void *frame, size_t size, volint_arena *arena);
    volint_status (*encode)(const void *row, void *buffer, size_t capacity, size_t *size);
} codec;

#define CODEC(message)                                                                                       \
    static volint_status decode_##message(void *row, const void *frame, size_t size, volint_arena *arena)    \
    {                                                                                                        \
        return message##_decode((message *)row, frame, size, arena);                                         \
    }                                                                                                        \
    static volint_status decode_inplace_##message(void *row, void *frame, size_t size, volint_arena *arena)  \
    {                                                                                                        \
        return message##_decode_inplace((message *)row, frame, size, arena);                                 \
    }                                                                                                        \
    static volint_status encode_##message(const void *row, void *buffer, size_t capacity, size_t *size)      \
    {                                                                                                        \
        return message##_encode((const message *)row, buffer, capacity, size);                               \
    }

CODEC(protobuf_test_messages_proto2_TestAllTypesProto2)
CODEC(protobuf_test_messages_proto3_TestAllTypesProto3)
CODEC(protobuf_test_messages_editions_proto2_TestAllTypesProto2)
CODEC(protobuf_test_messages_editions_proto3_TestAllTypesProto3)
CODEC(protobuf_test_messages_editions_TestAllTypesEdition2023)

#define ENTRY(name, message) {name, decode_##message, decode_inplace_##message, encode_##message}

static const codec codecs[] = {
    ENTRY("protobuf_test_messages.proto2.TestAllTypesProto2", protobuf_test_messages_proto2_TestAllTypesProto2),
    ENTRY("protobuf_test_messages.proto3.TestAllTypesProto3", protobuf_test_messages_proto3_TestAllTypesProto3),
    ENTRY("protobuf_test_messages.editions.proto2.TestAllTypesProto2",
          protobuf_test_messages_editions_proto2_TestAllTypesProto2),
    ENTRY("protobuf_test_messages.editions.proto3.TestAllTypesProto3",
          protobuf_test_messages_editions_proto3_TestAllTypesProto3),
    ENTRY("protobuf_test_messages.editions.TestAllTypesEdition2023",
          protobuf_test_messages_editions_TestAllTypesEdition2023),
};

static union {
    protobuf_test_messages_proto2_TestAllTypesProto2 proto2;
    protobuf_test_messages_proto3_TestAllTypesProto3 proto3;
    protobuf_test_messages_editions_proto2_TestAllTypesProto2 editions2;
    protobuf_test_messages_editions_proto3_TestAllTypesProto3 editions3;
    protobuf_test_messages_editions_TestAllTypesEdition2023 edition2023;
} row;

static char input[1 << 20], output[1 << 20], encoded[1 << 20], again[1 << 20];
static char request_memory[1 << 10], row_memory[1 << 22];

static volint_str text(const char *words)
{
    volint_str s;
    s.data = words;
    s.size = strlen(words);
    return s;
}

/* A copy of its own, so that sanitizers see a step over its end; more is how many
 * bytes behind it are writable. */
static void *copy(volint_str payload, size_t more)
{
    void *bytes = malloc(payload.size + more);
    if (bytes == NULL && payload.size + more > 0)
        abort();
    if (payload.size > 0)
        memcpy(bytes, payload.data, payload.size);
    return bytes;
}

/* Decodes the payload in one of the two ways, and encodes the row into buffer,
 * which has as many bytes as encoded. */
static volint_status transcode(const codec *c, volint_str payload, bool in_place, char *buffer, size_t *size)
{
    volint_arena arena;
    volint_status status;
    void *frame = copy(payload, in_place ? 1 : 0);
    volint_arena_init(&arena, row_memory, sizeof row_memory);
    status = in_place ? c->decode_inplace(&row, frame, payload.size, &arena)
                      : c->decode(&row, frame, payload.size, &arena);
    if (status == VOLINT_OK && c->encode(&row, buffer, sizeof encoded, size) != VOLINT_OK)
        abort();
    free(frame);
    return status;
}

static void answer(const conformance_ConformanceRequest *request, conformance_ConformanceResponse *response)
{
    const codec *c = NULL;
    volint_status status;
    volint_str payload;
    size_t i, size_again;
    if (!conformance_ConformanceRequest_has_protobuf_payload(request) ||
        request->requested_output_format != conformance_PROTOBUF) {
        conformance_ConformanceResponse_set_skipped(response, text("JSON and text are not volint's"));
        return;
    }
    for (i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
        if (volint_str_is(request->message_type, codecs[i].name))
            c = &codecs[i];
    if (c == NULL) {
        conformance_ConformanceResponse_set_runtime_error(response, text("there is no such message"));
        return;
    }
    payload.data = encoded;
    status = transcode(c, request->protobuf_payload, false, encoded, &payload.size);
    if (transcode(c, request->protobuf_payload, true, again, &size_again) != status)
        conformance_ConformanceResponse_set_runtime_error(response, text("decoding in place ends in another way"));
    else if (status != VOLINT_OK)
        conformance_ConformanceResponse_set_parse_error(response, text(volint_status_text(status)));
    else if (size_again != payload.size || memcmp(encoded, again, size_again) != 0)
        conformance_ConformanceResponse_set_runtime_error(response, text("decoding in place gives something else"));
    else
        conformance_ConformanceResponse_set_protobuf_payload(response, payload);
}

int main(void)
{
    volint_reader reader;
    volint_arena arena;
    volint_status status;
    volint_reader_fd(&reader, 0, input, sizeof input);
    volint_arena_init(&arena, request_memory, sizeof request_memory);
    while ((status = volint_read(&reader)) == VOLINT_OK) {
        conformance_ConformanceRequest request;
        conformance_ConformanceResponse response;
        size_t size;
        volint_arena_reset(&arena);
        status = conformance_ConformanceRequest_decode_inplace(&request, reader.frame, reader.size, &arena);
        if (status != VOLINT_OK)
            break;
        conformance_ConformanceResponse_init(&response);
        answer(&request, &response);
        status = conformance_ConformanceResponse_encode_frame(&response, output, sizeof output, &size);
        if (status != VOLINT_OK || fwrite(output, 1, size, stdout) != size || fflush(stdout) != 0)
            break;
    }
    if (status == VOLINT_END)
        return 0;
    fprintf(stderr, "%s\n", volint_status_text(status));
    return 1;
}
