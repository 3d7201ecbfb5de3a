{{/* Everything is named after the release. */}}
{{- define "kubernetes-agent.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 53 | trimSuffix "-" -}}
{{- end }}

{{- define "kubernetes-agent.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "kubernetes-agent.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{/* What never changes: selectors are immutable. */}}
{{- define "kubernetes-agent.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Of the pod of `helm test`, which the selector above must not find. */}}
{{- define "kubernetes-agent.testLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kubernetes-agent.labels" -}}
app: {{ .Release.Name }}
{{ include "kubernetes-agent.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: agent
app.kubernetes.io/part-of: {{ .Chart.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "kubernetes-agent.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end }}

{{- define "kubernetes-agent.priorityClassName" -}}
{{- if .Values.priorityClass.existingName -}}
{{ .Values.priorityClass.existingName }}
{{- else if .Values.priorityClass.create -}}
{{ include "kubernetes-agent.fullname" . }}
{{- end -}}
{{- end }}

{{/* The types of the enabled actions as the protocol spells them, as a JSON list. */}}
{{- define "kubernetes-agent.allowedActions" -}}
{{- $allowed := list "cancel_action" -}}
{{- range $name, $action := .Values.actions -}}
{{- if kindIs "map" $action -}}
{{- if $action.enabled -}}
{{- $allowed = append $allowed (snakecase $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $allowed | sortAlpha | toJson -}}
{{- end }}

{{/* The port of an address: its own, or its scheme's. */}}
{{- define "kubernetes-agent.port" -}}
{{- $url := urlParse . -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) -}}
{{- if $port -}}{{ $port }}{{- else if has $url.scheme (list "http" "ws") -}}80{{- else -}}443{{- end -}}
{{- end }}

{{/* A quantity of Kubernetes in bytes, as a whole number. */}}
{{- define "kubernetes-agent.bytes" -}}
{{- $factors := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 -}}
{{- $quantity := toString . -}}
{{- $unit := regexFind "[A-Za-z]+$" $quantity -}}
{{- mulf (float64 (trimSuffix $unit $quantity)) (get $factors $unit) | floor | int64 -}}
{{- end }}

{{/* What a schema cannot say, or cannot say clearly. */}}
{{- define "kubernetes-agent.validate" -}}
{{- $problems := list -}}
{{- if not .Values.cluster.id -}}
{{- $problems = append $problems "cluster.id is missing: this cluster's name at the backend (--set cluster.id=prod-1)" -}}
{{- end -}}
{{- if not .Values.backend.url -}}
{{- $problems = append $problems "backend.url is missing: the backend's HTTP address (--set backend.url=https://backend.example.com)" -}}
{{- end -}}
{{- if not .Values.backend.wsUrl -}}
{{- $problems = append $problems "backend.wsUrl is missing: the backend's WebSocket address (--set backend.wsUrl=wss://backend.example.com/agent)" -}}
{{- end -}}
{{- if not .Values.backend.insecureTransport -}}
{{- if hasPrefix "http://" .Values.backend.url -}}
{{- $problems = append $problems "backend.url is http://, which shows the API key to everybody on the way: use https://, or set backend.insecureTransport=true" -}}
{{- end -}}
{{- if hasPrefix "ws://" .Values.backend.wsUrl -}}
{{- $problems = append $problems "backend.wsUrl is ws://, which shows the API key to everybody on the way: use wss://, or set backend.insecureTransport=true" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.backend.caBundle.secretName .Values.backend.caBundle.configMapName -}}
{{- $problems = append $problems "backend.caBundle: give secretName or configMapName, not both" -}}
{{- end -}}
{{- if .Values.credentials.create -}}
{{- if not .Values.credentials.apiKey -}}
{{- $problems = append $problems "credentials.apiKey is missing, since credentials.create is true" -}}
{{- end -}}
{{- if lt (len .Values.credentials.secretKey) 32 -}}
{{- $problems = append $problems "credentials.secretKey needs 32 bytes or more, since credentials.create is true (openssl rand -hex 32)" -}}
{{- end -}}
{{- if ne (len .Values.credentials.secretKeyKeys) 1 -}}
{{- $problems = append $problems "credentials.secretKeyKeys must name one key, since credentials.create is true" -}}
{{- end -}}
{{- else if or .Values.credentials.apiKey .Values.credentials.secretKey -}}
{{- $problems = append $problems "credentials.apiKey and credentials.secretKey are used only with credentials.create=true" -}}
{{- end -}}
{{- if and (gt (int .Values.replicaCount) 1) (not .Values.leaderElection.enabled) -}}
{{- $problems = append $problems "replicaCount is more than 1 without leaderElection.enabled: two agents would act at the same time" -}}
{{- end -}}
{{- if not (or .Values.serviceAccount.create .Values.serviceAccount.name) -}}
{{- $problems = append $problems "serviceAccount.name is missing, since serviceAccount.create is false: the account default would get the agent's permissions, and with it other pods of the namespace" -}}
{{- end -}}
{{- if lt (include "kubernetes-agent.bytes" .Values.collection.spoolSizeLimit | int64) 41943040 -}}
{{- $problems = append $problems "collection.spoolSizeLimit is less than 40Mi: the agent keeps up to 32 MiB there, and the kubelet evicts a pod that passes its limit" -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThe values cannot be used:\n  * %s\n" (join "\n  * " $problems)) -}}
{{- end -}}
{{- end }}
