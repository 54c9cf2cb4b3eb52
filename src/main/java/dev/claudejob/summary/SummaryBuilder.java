package dev.claudejob.summary;

import dev.claudejob.summary.Summary.Capped;
import dev.claudejob.summary.Summary.Cooling;
import dev.claudejob.summary.Summary.Event;
import dev.claudejob.summary.Summary.Exit;
import dev.claudejob.summary.Summary.Limit;
import dev.claudejob.summary.Summary.Model;
import dev.claudejob.summary.Summary.Outlook;
import dev.claudejob.summary.Summary.Proxy;
import dev.claudejob.summary.Summary.Spend;
import dev.claudejob.summary.Summary.Usage;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Collects the facts of a {@link Summary}; what is never set is absent. */
public final class SummaryBuilder {
    private final Event event;
    private @Nullable String why;
    private @Nullable String subtype;
    private @Nullable Boolean isError;
    private @Nullable String terminalReason;
    private @Nullable Integer apiErrorStatus;
    private @Nullable String apiError;
    private @Nullable String apiErrorType;
    private @Nullable String stopReason;
    private @Nullable String errors;
    private @Nullable Integer turns;
    private @Nullable Long durationMs;
    private @Nullable BigDecimal costUSD;
    private @Nullable String session;
    private @Nullable String cli;
    private @Nullable Usage usage;
    private SequencedMap<String, Model> models = new LinkedHashMap<>();
    private SequencedMap<String, Integer> denials = new LinkedHashMap<>();
    private @Nullable Limit limit;
    private @Nullable Exit exit;
    private @Nullable Proxy proxy;
    private List<Spend> meter = List.of();
    private List<Cooling> cooling = List.of();
    private List<Outlook> outlook = List.of();
    private @Nullable Capped capped;
    private @Nullable Object structured;
    private @Nullable Long structuredBytes;
    private @Nullable Long bytes;
    private @Nullable String sha256;
    private @Nullable String text;
    private boolean cut;

    public SummaryBuilder(Event event) {
        this.event = event;
    }

    public SummaryBuilder why(@Nullable String value) {
        this.why = value;
        return this;
    }

    public SummaryBuilder subtype(@Nullable String value) {
        this.subtype = value;
        return this;
    }

    public SummaryBuilder isError(@Nullable Boolean value) {
        this.isError = value;
        return this;
    }

    public SummaryBuilder terminalReason(@Nullable String value) {
        this.terminalReason = value;
        return this;
    }

    public SummaryBuilder apiErrorStatus(@Nullable Integer value) {
        this.apiErrorStatus = value;
        return this;
    }

    public SummaryBuilder apiError(@Nullable String value) {
        this.apiError = value;
        return this;
    }

    public SummaryBuilder apiErrorType(@Nullable String value) {
        this.apiErrorType = value;
        return this;
    }

    public SummaryBuilder stopReason(@Nullable String value) {
        this.stopReason = value;
        return this;
    }

    public SummaryBuilder errors(@Nullable String value) {
        this.errors = value;
        return this;
    }

    public SummaryBuilder turns(@Nullable Integer value) {
        this.turns = value;
        return this;
    }

    public SummaryBuilder durationMs(@Nullable Long value) {
        this.durationMs = value;
        return this;
    }

    public SummaryBuilder costUSD(@Nullable BigDecimal value) {
        this.costUSD = value;
        return this;
    }

    public SummaryBuilder session(@Nullable String value) {
        this.session = value;
        return this;
    }

    public SummaryBuilder cli(@Nullable String value) {
        this.cli = value;
        return this;
    }

    public SummaryBuilder usage(@Nullable Usage value) {
        this.usage = value;
        return this;
    }

    public SummaryBuilder models(SequencedMap<String, Model> value) {
        this.models = value;
        return this;
    }

    public SummaryBuilder denials(SequencedMap<String, Integer> value) {
        this.denials = value;
        return this;
    }

    public SummaryBuilder limit(@Nullable Limit value) {
        this.limit = value;
        return this;
    }

    public SummaryBuilder exit(@Nullable Exit value) {
        this.exit = value;
        return this;
    }

    public SummaryBuilder proxy(@Nullable Proxy value) {
        this.proxy = value;
        return this;
    }

    public SummaryBuilder meter(List<Spend> value) {
        this.meter = value;
        return this;
    }

    public SummaryBuilder cooling(List<Cooling> value) {
        this.cooling = value;
        return this;
    }

    public SummaryBuilder outlook(List<Outlook> value) {
        this.outlook = value;
        return this;
    }

    public SummaryBuilder capped(@Nullable Capped value) {
        this.capped = value;
        return this;
    }

    public SummaryBuilder structured(@Nullable Object value) {
        this.structured = value;
        return this;
    }

    public SummaryBuilder structuredBytes(@Nullable Long value) {
        this.structuredBytes = value;
        return this;
    }

    public SummaryBuilder bytes(@Nullable Long value) {
        this.bytes = value;
        return this;
    }

    public SummaryBuilder sha256(@Nullable String value) {
        this.sha256 = value;
        return this;
    }

    public SummaryBuilder text(@Nullable String value) {
        this.text = value;
        return this;
    }

    public SummaryBuilder cut(boolean value) {
        this.cut = value;
        return this;
    }

    public Summary build() {
        return new Summary(
                event,
                why,
                subtype,
                isError,
                terminalReason,
                apiErrorStatus,
                apiError,
                apiErrorType,
                stopReason,
                errors,
                turns,
                durationMs,
                costUSD,
                session,
                cli,
                usage,
                models,
                denials,
                limit,
                exit,
                proxy,
                meter,
                cooling,
                outlook,
                capped,
                structured,
                structuredBytes,
                bytes,
                sha256,
                text,
                cut);
    }
}
