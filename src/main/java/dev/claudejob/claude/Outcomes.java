package dev.claudejob.claude;

import dev.claudejob.api.v1alpha1.Reason;
import dev.claudejob.summary.Summary;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells Claude Code's ends apart. Each case was measured with Claude Code 2.1.330.
 *
 * <p>A failed API call has subtype success, an interrupted run has exit code 0: only is_error, terminal_reason, stop_reason and the
 * api_error fields together with the exit code tell the truth.
 */
public final class Outcomes {
    private static final int MAX_QUOTE = 300;

    private Outcomes() {}

    /** The outcome if the agent did its work: exit code 0 and a result that is no error. Empty otherwise. */
    public static Optional<Outcome> success(AgentEnd end) {
        Summary s = end.summary();
        boolean well =
                end.exitCode() != null && end.exitCode() == 0 && s.hasResult() && Boolean.FALSE.equals(s.isError());
        if (!well) {
            return Optional.empty();
        }
        if (end.schemaAsked() && s.structured() == null && s.structuredBytes() == null) {
            return Optional.of(new Outcome(
                    Reason.StructuredOutputInvalid,
                    "Claude Code answered in plain text instead of the structure that agent.outputSchema asks for."
                            + " Ask for it in the prompt as well, or use a stronger model."));
        }
        return Optional.of(new Outcome(Reason.Succeeded, "Claude Code finished in " + turns(s) + "."));
    }

    /** The reason of an end that was not a success and that nothing outside of Claude Code explains. */
    public static Outcome failure(AgentEnd end) {
        Summary s = end.summary();
        Summary.Capped capped = s.capped();
        if (capped != null) {
            return new Outcome(
                    Reason.BudgetExceeded,
                    "The job's output tokens are spent: this attempt was given " + capped.limit() + " and used "
                            + capped.spent() + ". Raise limits.maxOutputTokens or ask for less at once.");
        }
        return s.hasResult() ? withResult(end, s) : withoutResult(end, s);
    }

    private static Outcome withResult(AgentEnd end, Summary s) {
        String terminal = lower(s.terminalReason());
        String said = quote(s.text() != null ? s.text() : s.errors());
        Outcome limit = switch (terminal) {
            case "max_turns" ->
                new Outcome(
                        Reason.MaxTurns,
                        "The agent stopped after " + turns(s)
                                + ", its limit. Raise agent.maxTurns or ask for less at once.");
            case "budget_exhausted" ->
                new Outcome(Reason.BudgetExceeded, "The agent reached limits.maxCostUSD." + said);
            case "structured_output_retry_exhausted" ->
                new Outcome(
                        Reason.StructuredOutputInvalid,
                        "The agent could not produce output that fits agent.outputSchema." + said);
            case "prompt_too_long" ->
                new Outcome(Reason.PromptTooLong, "The conversation is larger than the model's context." + said);
            default -> null;
        };
        if (limit != null) {
            return limit;
        }
        if ("max_output_tokens".equals(lower(s.apiError()))) {
            return new Outcome(
                    Reason.MaxOutputTokens, "One answer of the model was longer than its output token maximum." + said);
        }
        if ("refusal".equals(lower(s.stopReason()))) {
            return new Outcome(Reason.Refused, "The model refused to answer." + said);
        }
        return apiError(s, said)
                .orElseGet(() -> new Outcome(
                        Reason.CliError,
                        "Claude Code ended with an error" + exit(end)
                                + (terminal.isEmpty() ? "." : " (" + terminal + ").") + said));
    }

    private static Optional<Outcome> apiError(Summary s, String said) {
        Integer status = s.apiErrorStatus();
        String error = lower(s.apiError());
        String type = lower(s.apiErrorType());
        String text = lower(s.text());
        if (error.contains("usage_limit") || limitRejected(s)) {
            return Optional.of(
                    new Outcome(Reason.UsageLimit, "The credential's usage limit is reached" + resets(s) + "." + said));
        }
        if (type.equals("billing_error")
                || error.equals("billing_error")
                || text.startsWith("credit balance is too low")) {
            return Optional.of(
                    new Outcome(Reason.BillingProblem, "The account behind the credential can't pay." + said));
        }
        if (status == null) {
            if (text.startsWith("not logged in")) {
                return Optional.of(new Outcome(
                        Reason.CredentialMissing, "Claude Code found no credential. Check the Secret's key." + said));
            }
            if (text.contains("could not load") && text.contains("credentials")) {
                return Optional.of(cloudCredentials(text, said));
            }
            if (error.equals("provider_credentials")) {
                return Optional.of(new Outcome(Reason.AuthFailed, "The cloud refused the credential." + said));
            }
            if (error.equals("connection_failed")
                    || text.startsWith("request timed out")
                    || text.contains("connection error")
                    || text.contains("unable to connect to api")) {
                return Optional.of(new Outcome(Reason.NetworkError, "The API could not be reached." + said));
            }
            if (error.isEmpty() && lower(s.terminalReason()).equals("api_error")) {
                // A call failed, and not for what the API said: its answer broke off, or was no HTTP.
                return Optional.of(new Outcome(Reason.NetworkError, "No whole answer came from the API." + said));
            }
            return Optional.empty();
        }
        return Optional.of(
                switch (status) {
                    case 401, 403 -> refused(status, text, said);
                    case 402 ->
                        new Outcome(Reason.BillingProblem, "The account behind the credential can't pay." + said);
                    case 429 ->
                        new Outcome(Reason.RateLimited, "The API limited the rate of requests (HTTP 429)." + said);
                    case 502 ->
                        text.contains("claudejob: ")
                                // The helper's own words again: nobody answered it.
                                ? new Outcome(Reason.NetworkError, "The API could not be reached." + said)
                                : new Outcome(
                                        Reason.Overloaded, "The API was overloaded or failing (HTTP 502)." + said);
                    default ->
                        status >= 500
                                ? new Outcome(
                                        Reason.Overloaded,
                                        "The API was overloaded or failing (HTTP " + status + ")." + said)
                                : new Outcome(
                                        Reason.InvalidRequest,
                                        "The API refused the request (HTTP " + status + ")." + said);
                });
    }

    /** The helper's own words come in the API's place when it has nothing to send. */
    private static Outcome refused(int status, String text, String said) {
        if (text.contains("claudejob: workload identity: ")) {
            return new Outcome(
                    Reason.AuthFailed,
                    "The vendor does not take the Pod's identity. Check the federation rule, the audience and"
                            + " template.serviceAccountName." + said);
        }
        if (text.contains("claudejob: ") && text.contains(" has expired at ")) {
            return new Outcome(
                    Reason.CredentialExpired, "The credential has expired. Put a fresh one into the Secret." + said);
        }
        return new Outcome(
                Reason.AuthFailed,
                "The API refused the credential (HTTP " + status + "). Put a valid one into the Secret." + said);
    }

    /** A cloud's credential that Claude Code can't even begin with; an error code is what the cloud's token endpoint said to it. */
    private static Outcome cloudCredentials(String text, String said) {
        return text.contains("error code ")
                ? new Outcome(
                        Reason.AuthFailed, "The cloud refused the credential. Put a valid one into the Secret." + said)
                : new Outcome(
                        Reason.CredentialMissing,
                        "Claude Code found no usable credential of the cloud. Check the Secret, or what the Pod's"
                                + " ServiceAccount is bound to." + said);
    }

    private static Outcome withoutResult(AgentEnd end, Summary s) {
        if (s.event() == Summary.Event.MALFORMED) {
            return new Outcome(
                    Reason.HelperFailed,
                    "The helper did not tell how Claude Code did" + exit(end) + ": " + s.why() + "."
                            + quoteLog(end.log()));
        }
        String why = s.why() == null ? "" : " The helper says: " + s.why() + ".";
        return new Outcome(
                Reason.CliError, "Claude Code ended without a result" + exit(end) + "." + quoteLog(end.log()) + why);
    }

    /** Only what the helper measured at the API counts here: the agent could write anything. */
    private static boolean limitRejected(Summary s) {
        Summary.Limit limit = s.limit();
        return limit != null
                && "rejected".equals(limit.status())
                && Integer.valueOf(429).equals(s.apiErrorStatus());
    }

    private static String resets(Summary s) {
        Summary.Limit limit = s.limit();
        return limit == null || limit.resetsAt() <= 0
                ? ""
                : "; it resets at " + Instant.ofEpochSecond(limit.resetsAt());
    }

    private static String turns(Summary s) {
        Integer n = s.turns();
        return n == null ? "an unknown number of turns" : n == 1 ? "1 turn" : n + " turns";
    }

    private static String exit(AgentEnd end) {
        return end.exitCode() == null ? "" : " (exit code " + end.exitCode() + ")";
    }

    private static String quote(@Nullable String text) {
        // A cloud's answer is quoted as it came.
        String one = oneLine(text).replaceAll("\\{\"[Mm]essage\":\"([^\"\\\\]*)\"}", "$1");
        if (one.length() > MAX_QUOTE) {
            one = one.substring(0, one.offsetByCodePoints(0, one.codePointCount(0, MAX_QUOTE - 1))) + "…";
        }
        return one.isEmpty() ? "" : " It says: " + one;
    }

    /** Of a log the end says more than the beginning, and events are for machines. The first line may be the end of one. */
    private static String quoteLog(@Nullable String log) {
        String one = oneLine(
                log == null
                        ? null
                        : log.lines()
                                .filter(line -> !line.startsWith("{")
                                        && !line.stripTrailing().endsWith("}"))
                                .collect(Collectors.joining(" ")));
        if (one.length() > MAX_QUOTE) {
            int from = one.length() - MAX_QUOTE + 1;
            one = "…" + one.substring(Character.isLowSurrogate(one.charAt(from)) ? from + 1 : from);
        }
        return one.isEmpty() ? "" : " It says: " + one;
    }

    private static String oneLine(@Nullable String text) {
        return text == null ? "" : text.strip().replaceAll("\\s+", " ");
    }

    private static String lower(@Nullable String s) {
        return s == null ? "" : s.toLowerCase(Locale.ROOT);
    }
}
