{{/*
The permissions of each feature, as it is named in the code's FeatureCatalog (dashes for underscores). A test
compares them with it: what stands here and not there is a permission too many.

No wildcard, no reading of Secrets, no impersonation, no writing of roles.
*/}}
{{- define "kubernetes-agent.rules.metrics" -}}
- apiGroups: [""]
  resources: [pods, nodes]
  verbs: [list, watch]
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets, replicasets]
  verbs: [list, watch]
- apiGroups: [metrics.k8s.io]
  resources: [pods, nodes]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.events" -}}
- apiGroups: [""]
  resources: [events]
  verbs: [list, watch]
{{- end }}

{{/* Events on an action's target are created in the target's namespace. */}}
{{- define "kubernetes-agent.rules.journal" -}}
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end }}

{{/* For maxUnavailableNodes. */}}
{{- define "kubernetes-agent.rules.guardrails" -}}
- apiGroups: [""]
  resources: [nodes]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.node" -}}
- apiGroups: [""]
  resources: [nodes]
  verbs: [get, patch]
{{- end }}

{{- define "kubernetes-agent.rules.cordon-node" -}}
{{ include "kubernetes-agent.rules.node" . }}
{{- end }}

{{- define "kubernetes-agent.rules.uncordon-node" -}}
{{ include "kubernetes-agent.rules.node" . }}
{{- end }}

{{- define "kubernetes-agent.rules.label-node" -}}
{{ include "kubernetes-agent.rules.node" . }}
{{- end }}

{{- define "kubernetes-agent.rules.taint-node" -}}
{{ include "kubernetes-agent.rules.node" . }}
- apiGroups: [""]
  resources: [pods]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.drain-node" -}}
{{ include "kubernetes-agent.rules.node" . }}
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
- apiGroups: [apps]
  resources: [daemonsets]
  verbs: [list]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.evict-pod" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.label-resource" -}}
- apiGroups: [""]
  resources: [nodes, pods, namespaces]
  verbs: [get, patch]
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, patch]
{{- end }}

{{- define "kubernetes-agent.rules.scale-workload" -}}
- apiGroups: [apps]
  resources: [deployments, statefulsets, replicasets]
  verbs: [get]
- apiGroups: [apps]
  resources: [deployments/scale, statefulsets/scale, replicasets/scale]
  verbs: [update]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.update-deployment" -}}
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, patch]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [list]
{{- end }}

{{- define "kubernetes-agent.rules.restart-rollout" -}}
- apiGroups: [apps]
  resources: [deployments, statefulsets, daemonsets]
  verbs: [get, patch]
{{- end }}

{{- define "kubernetes-agent.rules.resize-pod" -}}
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
- apiGroups: [""]
  resources: [pods/resize]
  verbs: [patch]
{{- end }}

{{/* What the agent needs in its own namespace only. */}}
{{- define "kubernetes-agent.rules.namespace" -}}
- apiGroups: [agent.mloptimizer.com]
  resources: [agentactions]
  verbs: [create, get, list, delete]
- apiGroups: [agent.mloptimizer.com]
  resources: [agentactions/status]
  verbs: [patch, update]
# The kill switch is an annotation of the agent's Deployment; it is found by way of the pod.
- apiGroups: [""]
  resources: [pods]
  verbs: [get]
- apiGroups: [apps]
  resources: [replicasets, deployments]
  verbs: [get]
{{- if .Values.leaderElection.enabled }}
# RBAC cannot limit creating to a name, since the name is not known to it yet.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "kubernetes-agent.fullname" . | quote }}]
  verbs: [get, update]
{{- end }}
{{- end }}
