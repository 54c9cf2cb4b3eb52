package dev.claudejob.controller;

import dev.claudejob.act.Fresh;
import dev.claudejob.api.v1alpha1.ClaudeJob;
import dev.claudejob.observe.PodView;
import dev.claudejob.pod.PodNames;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.controller.ControllerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The informers of jobs and of their Pods, with what the apiserver returned to our own writes laid over them. */
public final class JobCaches implements Fresh {
    /** How many objects are decoded at once: one can be as large as etcd stores, 1.5 MB. */
    public static final long LIST_PAGE = 20;

    private final Consumer<Pod> unowned;
    private final Bell<ClaudeJob> leftovers = new Bell<>("leftovers", job -> {}, job -> {});
    private volatile @Nullable InformerEventSource<Pod, ClaudeJob> pods;
    private volatile @Nullable ControllerEventSource<ClaudeJob> jobs;
    private volatile @Nullable Cache<ClaudeJob> primaries;

    /** @param unowned told of each Pod of ours whose job is not in the cache */
    public JobCaches(Consumer<Pod> unowned) {
        this.unowned = unowned;
    }

    InformerEventSource<Pod, ClaudeJob> podEventSource(EventSourceContext<ClaudeJob> context) {
        InformerEventSource<Pod, ClaudeJob> source = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(Pod.class, ClaudeJob.class)
                        .withName("pods")
                        .withLabelSelector(PodNames.POD_SELECTOR)
                        .withInformerListLimit(LIST_PAGE)
                        .withSecondaryToPrimaryMapper(pod -> {
                            if (!jobIsThere(context.getPrimaryCache()::get, pod)) {
                                unowned.accept(pod);
                            }
                            return job(pod).map(Set::of).orElse(Set.of());
                        })
                        .build(),
                context);
        pods = source;
        primaries = context.getPrimaryCache();
        return source;
    }

    Bell<ClaudeJob> leftoverBell() {
        return leftovers;
    }

    /** Looks for Pods that no event speaks of: see {@link #reportUnowned} and {@link #leftBehind}. Costs no request. */
    public void scan() {
        Cache<ClaudeJob> known = primaries;
        if (known != null) {
            reportUnowned(known);
            leftBehind(allPods(), known::get).forEach(leftovers::propagateEvent);
        }
    }

    /** Tells again of each Pod whose job is gone or going: the job may have gone after the Pod was last heard of. */
    private void reportUnowned(Cache<ClaudeJob> known) {
        allPods().filter(pod -> !jobIsThere(known::get, pod)).forEach(unowned);
    }

    /**
     * The finished jobs that have a Pod at its gate. Such a Pod comes of a create that was on its way when another leader brought the job to its
     * end. When it has the name of a Pod that was deleted meanwhile, JOSDK's index drops it at that Pod's deletion, and its own event is skipped
     * as that of a write of ours: no reconcile would ever see it.
     */
    static Stream<ResourceID> leftBehind(Stream<Pod> pods, Function<ResourceID, Optional<ClaudeJob>> jobs) {
        return pods.filter(pod -> atItsGate(new PodView(pod)))
                .flatMap(pod -> ownJob(jobs, pod).stream())
                .filter(job -> job.getStatus() != null
                        && job.getStatus().phase() != null
                        && job.getStatus().phase().finished())
                .map(ResourceID::fromResource);
    }

    private static boolean atItsGate(PodView pod) {
        return pod.gated() && !pod.deleting();
    }

    /** A job that is being deleted is not reconciled any more: its Pods are the sweep's. */
    private static boolean jobIsThere(Function<ResourceID, Optional<ClaudeJob>> jobs, Pod pod) {
        return ownJob(jobs, pod)
                .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                .isPresent();
    }

    /** The Pod's own job, and no namesake of it. */
    private static Optional<ClaudeJob> ownJob(Function<ResourceID, Optional<ClaudeJob>> jobs, Pod pod) {
        return job(pod).flatMap(jobs)
                .filter(job -> jobUid(pod).equals(job.getMetadata().getUid()));
    }

    void use(Context<ClaudeJob> context) {
        if (jobs == null) {
            jobs = context.eventSourceRetriever().getControllerEventSource();
        }
    }

    /** All jobs that the cache knows. */
    public Stream<ClaudeJob> allJobs() {
        Cache<ClaudeJob> known = primaries;
        return known == null ? Stream.empty() : known.list();
    }

    /** All Pods of ours that the cache knows. */
    public Stream<Pod> allPods() {
        InformerEventSource<Pod, ClaudeJob> source = pods;
        return source == null ? Stream.empty() : source.list(pod -> true);
    }

    /** Where the job of a Pod is: its controller, or the one that its labels name if somebody took its owner away. */
    static Optional<ResourceID> job(Pod pod) {
        return controller(pod)
                .map(OwnerReference::getName)
                .or(() -> label(pod, PodNames.JOB_NAME_LABEL))
                .map(name -> new ResourceID(name, pod.getMetadata().getNamespace()));
    }

    /** That job's uid; empty when nothing tells it. */
    static String jobUid(Pod pod) {
        return controller(pod)
                .map(OwnerReference::getUid)
                .or(() -> label(pod, PodNames.JOB_UID_LABEL))
                .orElse("");
    }

    /** False when somebody took the Pod's owner away, as {@code kubectl delete --cascade=orphan} does. */
    static boolean owned(Pod pod) {
        return controller(pod).isPresent();
    }

    private static Optional<String> label(Pod pod, String name) {
        return Optional.ofNullable(pod.getMetadata().getLabels()).map(labels -> labels.get(name));
    }

    private static Optional<OwnerReference> controller(Pod pod) {
        return pod.getMetadata().getOwnerReferences().stream()
                .filter(o -> Boolean.TRUE.equals(o.getController())
                        && "ClaudeJob".equals(o.getKind())
                        && o.getApiVersion().startsWith(ClaudeJob.GROUP + "/"))
                .findFirst();
    }

    @Override
    public void job(ClaudeJob updated, ClaudeJob before) {
        ControllerEventSource<ClaudeJob> source = jobs;
        if (source != null) {
            source.handleRecentResourceUpdate(ResourceID.fromResource(updated), updated, before);
        }
    }

    @Override
    public void podCreated(Pod created) {
        InformerEventSource<Pod, ClaudeJob> source = pods;
        if (source != null) {
            source.handleRecentResourceCreate(ResourceID.fromResource(created), created);
        }
    }

    @Override
    public void pod(Pod updated, Pod before) {
        InformerEventSource<Pod, ClaudeJob> source = pods;
        ResourceID id = ResourceID.fromResource(updated);
        // JOSDK throws when the cache does not have the Pod any more.
        if (source != null && !gone(updated) && source.get(id).isPresent()) {
            source.handleRecentResourceUpdate(id, updated, before);
        }
    }

    /** True when the update itself was the Pod's end: its last finalizer went. */
    private static boolean gone(Pod updated) {
        ObjectMeta metadata = updated.getMetadata();
        return metadata.getDeletionTimestamp() != null
                && Objects.equals(metadata.getDeletionGracePeriodSeconds(), 0L)
                && metadata.getFinalizers().isEmpty();
    }
}
