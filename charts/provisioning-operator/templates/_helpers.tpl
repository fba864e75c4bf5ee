{{- define "po.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "po.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "po.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "po.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Objects without a namespace bear the namespace in their names, or two releases of one name would fight over them. */}}
{{- define "po.clusterName" -}}
{{- if eq .Release.Namespace (include "po.fullname" .) -}}
{{- include "po.fullname" . -}}
{{- else -}}
{{- printf "%s:%s" .Release.Namespace (include "po.fullname" .) -}}
{{- end -}}
{{- end -}}

{{- define "po.selector" -}}
app.kubernetes.io/name: {{ include "po.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "po.labels" -}}
{{ include "po.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: {{ .Chart.Name }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "po.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "po.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{- define "po.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* Takes the CEL rules out of a CRD, in place: an API server before 1.25 does not know them, and Helm would refuse the field. */}}
{{- define "po.withoutRules" -}}
{{- if kindIs "map" . -}}
{{- $_ := unset . "x-kubernetes-validations" -}}
{{- range $value := . -}}{{- include "po.withoutRules" $value -}}{{- end -}}
{{- else if kindIs "slice" . -}}
{{- range $value := . -}}{{- include "po.withoutRules" $value -}}{{- end -}}
{{- end -}}
{{- end -}}
