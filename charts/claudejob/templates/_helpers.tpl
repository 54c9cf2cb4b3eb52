{{- define "claudejob.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if hasSuffix "-operator" .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- printf "%s-operator" (.Release.Name | trunc 54 | trimSuffix "-") -}}
{{- else -}}
{{- printf "%s-%s-operator" (.Release.Name | trunc 44 | trimSuffix "-") .Chart.Name -}}
{{- end -}}
{{- end -}}

{{- define "claudejob.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "claudejob.fullname" .) -}}
{{- else -}}
{{- required "serviceAccount.name must name an existing ServiceAccount when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "claudejob.selectorLabels" -}}
app.kubernetes.io/name: claudejob
app.kubernetes.io/instance: {{ quote .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "claudejob.labels" -}}
{{ include "claudejob.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Takes a list: the root context, and one of .Values.images. */}}
{{- define "claudejob.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default $root.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/*
The two security contexts satisfy the Pod Security Standard `restricted`. They are templates of their own because the
pre-delete hook that will strip finalizers needs the same.
*/}}
{{- define "claudejob.podSecurityContext" -}}
runAsNonRoot: true
{{- with .Values.runAsUser }}
runAsUser: {{ int64 . }}
runAsGroup: {{ int64 . }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "claudejob.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* The operator's config file: .Values.config, and what follows from other values. */}}
{{- define "claudejob.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $runner := .Values.images.runner -}}
{{- $operator := .Values.images.operator -}}
{{- $_ := set $config.runner "image" (include "claudejob.image" (list . $runner)) -}}
{{- $_ := set $config.runner "imagePullPolicy" $runner.pullPolicy -}}
{{- $_ := set $config.helper "image" (include "claudejob.image" (list . $operator)) -}}
{{- $_ := set $config.helper "imagePullPolicy" $operator.pullPolicy -}}
{{- if not $config.helper.imagePullSecrets -}}
{{- $names := list -}}
{{- range .Values.imagePullSecrets }}{{ $names = append $names .name }}{{ end -}}
{{- $_ := set $config.helper "imagePullSecrets" $names -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{/* What the operator may do where its jobs are. There is no verb on Secrets, and no wildcard. */}}
{{- define "claudejob.jobRules" -}}
- apiGroups: [claudejob.dev]
  resources: [claudejobs]
  verbs: [get, list, watch, delete] # delete: ttlSecondsAfterFinished
- apiGroups: [claudejob.dev]
  resources: [claudejobs/status]
  verbs: [update]
- apiGroups: [claudejob.dev]
  resources: [claudecredentials]
  verbs: [list, watch]
- apiGroups: [claudejob.dev]
  resources: [claudecredentials/status]
  verbs: [update]
- apiGroups: [claudejob.dev]
  resources: [claudejobs/finalizers]
  verbs: [update] # for blockOwnerDeletion where OwnerReferencesPermissionEnforcement is on
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, create, patch, delete]
{{- if .Values.config.resultFromLogs }}
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get] # a result too long for the termination message
{{- end }}
- apiGroups: [""]
  resources: [configmaps]
  verbs: [create, get] # a result too long for the status
- apiGroups: [""]
  resources: [events]
  verbs: [create, list] # list: why a Pod does not start
{{- end -}}

{{- define "claudejob.validate" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.config.leaderElection) -}}
{{- fail "replicas above 1 needs config.leaderElection: true" -}}
{{- end -}}
{{- if and (has "Deny" .Values.admissionPolicy.validationActions) (has "Warn" .Values.admissionPolicy.validationActions) -}}
{{- fail "admissionPolicy.validationActions holds Deny or Warn, not both: the apiserver takes them for the same thing said twice" -}}
{{- end -}}
{{- if eq (int64 .Values.config.users.claude) (int64 .Values.config.users.helper) -}}
{{- fail "config.users.claude and config.users.helper must differ: the agent must not run as the user that reads the credential" -}}
{{- end -}}
{{- end -}}
