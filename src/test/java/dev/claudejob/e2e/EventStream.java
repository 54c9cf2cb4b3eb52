package dev.claudejob.e2e;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;

/** Bedrock's framing of an answer: messages with a checksum each, which hold the Messages API's events in base64. */
final class EventStream {
    private EventStream() {}

    /**
     * A turn that calls Bash, in base64.
     *
     * @param command what is run; empty for a turn that only says something
     */
    static String turn(String command) {
        boolean last = command.isEmpty();
        List<String> events = new ArrayList<>();
        events.add("""
                {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],
                 "stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1000,"output_tokens":1}}}""");
        events.add(last ? """
                {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""" : """
                {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"Bash","input":{}}}""");
        events.add(last ? """
                {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"All turns taken."}}""" : """
                {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"command\\":\\"%s\\"}"}}""".formatted(command));
        events.add("{\"type\":\"content_block_stop\",\"index\":0}");
        events.add("""
                {"type":"message_delta","delta":{"stop_reason":"%s","stop_sequence":null},"usage":{"output_tokens":50}}""".formatted(last ? "end_turn" : "tool_use"));
        events.add("{\"type\":\"message_stop\"}");
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        events.forEach(event -> stream.writeBytes(message(event)));
        return Base64.getEncoder().encodeToString(stream.toByteArray());
    }

    private static byte[] message(String event) {
        byte[] headers = headers();
        byte[] payload = ("{\"bytes\":\"" + Base64.getEncoder().encodeToString(event.getBytes(StandardCharsets.UTF_8))
                        + "\"}")
                .getBytes(StandardCharsets.UTF_8);
        int length = 16 + headers.length + payload.length;
        ByteBuffer message = ByteBuffer.allocate(length).putInt(length).putInt(headers.length);
        message.putInt(checksum(message)).put(headers).put(payload);
        return message.putInt(checksum(message)).array();
    }

    private static byte[] headers() {
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        for (String[] header : new String[][] {
            {":event-type", "chunk"}, {":content-type", "application/json"}, {":message-type", "event"}
        }) {
            headers.write(header[0].length());
            headers.writeBytes(header[0].getBytes(StandardCharsets.UTF_8));
            // Type 7: a string, with the length in two bytes.
            headers.writeBytes(new byte[] {7, 0, (byte) header[1].length()});
            headers.writeBytes(header[1].getBytes(StandardCharsets.UTF_8));
        }
        return headers.toByteArray();
    }

    private static int checksum(ByteBuffer soFar) {
        CRC32 crc = new CRC32();
        crc.update(soFar.array(), 0, soFar.position());
        return (int) crc.getValue();
    }
}
