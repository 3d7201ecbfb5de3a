{{/* Secrets are files: they can be rotated without a restart, and no `kubectl describe` or child process shows them. */}}
{{- define "kubernetes-agent.env" -}}
- name: CLUSTER_ID
  value: {{ .Values.cluster.id | quote }}
- name: BACKEND_URL
  value: {{ .Values.backend.url | quote }}
- name: BACKEND_WS_URL
  value: {{ .Values.backend.wsUrl | quote }}
- name: API_KEY_FILE
  value: /etc/kubernetes-agent/api-key/api-key
- name: SECRET_KEY_DIR
  value: /etc/kubernetes-agent/signing-keys
{{- if or .Values.backend.caBundle.secretName .Values.backend.caBundle.configMapName }}
- name: CA_BUNDLE_FILE
  value: /etc/kubernetes-agent/ca/ca.crt
{{- end }}
{{- if .Values.backend.clientCertificate.secretName }}
- name: CLIENT_CERTIFICATE_FILE
  value: /etc/kubernetes-agent/client/tls.crt
- name: CLIENT_KEY_FILE
  value: /etc/kubernetes-agent/client/tls.key
{{- end }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: LEADER_ELECTION
  value: {{ .Values.leaderElection.enabled | quote }}
- name: LEASE_NAME
  value: {{ include "kubernetes-agent.fullname" . }}
- name: GUARDRAILS_FILE
  value: /etc/kubernetes-agent/guardrails/guardrails.yaml
- name: ACTION_PARALLELISM
  value: {{ .Values.actions.parallelism | quote }}
- name: ACTION_RETENTION
  value: {{ .Values.actions.retentionSeconds | int | quote }}
- name: MAX_ACTION_TTL
  value: {{ .Values.actions.maxTtlSeconds | int | quote }}
- name: DRY_RUN
  value: {{ .Values.actions.dryRun | quote }}
- name: COLLECTION_INTERVAL
  value: {{ .Values.collection.intervalSeconds | quote }}
- name: BATCH_SIZE
  value: {{ .Values.collection.batchSize | quote }}
- name: HEARTBEAT_INTERVAL
  value: {{ .Values.heartbeatIntervalSeconds | quote }}
- name: ACTION_POLL_INTERVAL
  value: {{ .Values.actionPollIntervalSeconds | quote }}
- name: HTTP_PORT
  value: {{ .Values.service.port | quote }}
- name: LOG_LEVEL
  value: {{ .Values.log.level }}
- name: LOG_FORMAT
  value: {{ .Values.log.format }}
- name: SPOOL_DIR
  value: /var/lib/kubernetes-agent/spool
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "kubernetes-agent.volumeMounts" -}}
- name: spool
  mountPath: /var/lib/kubernetes-agent
- name: tmp
  mountPath: /tmp
- name: api-key
  mountPath: /etc/kubernetes-agent/api-key
  readOnly: true
- name: signing-keys
  mountPath: /etc/kubernetes-agent/signing-keys
  readOnly: true
- name: guardrails
  mountPath: /etc/kubernetes-agent/guardrails
  readOnly: true
{{- if or .Values.backend.caBundle.secretName .Values.backend.caBundle.configMapName }}
- name: ca
  mountPath: /etc/kubernetes-agent/ca
  readOnly: true
{{- end }}
{{- if .Values.backend.clientCertificate.secretName }}
- name: client-certificate
  mountPath: /etc/kubernetes-agent/client
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "kubernetes-agent.volumes" -}}
- name: spool
  emptyDir:
    sizeLimit: {{ .Values.collection.spoolSizeLimit }}
# For the dump of threads in a support bundle.
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
- name: api-key
  secret:
    secretName: {{ .Values.credentials.secretName }}
    defaultMode: 0440
    items:
      - key: {{ .Values.credentials.apiKeyKey }}
        path: api-key
- name: signing-keys
  secret:
    secretName: {{ .Values.credentials.secretName }}
    defaultMode: 0440
    items:
      {{- range .Values.credentials.secretKeyKeys }}
      - key: {{ . }}
        path: {{ . }}
      {{- end }}
- name: guardrails
  configMap:
    name: {{ include "kubernetes-agent.fullname" . }}-guardrails
{{- with .Values.backend.caBundle }}
{{- if .secretName }}
- name: ca
  secret:
    secretName: {{ .secretName }}
    defaultMode: 0440
    items:
      - key: {{ .key }}
        path: ca.crt
{{- else if .configMapName }}
- name: ca
  configMap:
    name: {{ .configMapName }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- with .Values.backend.clientCertificate.secretName }}
- name: client-certificate
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
