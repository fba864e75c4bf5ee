{{/* What the operator may do in the namespaces that it watches. A test takes the measure: each right is used, and none is missing. */}}
{{- define "po.rules" -}}
- apiGroups: [provisioning.dev]
  resources: [nodes, images, imagecaptures, provisioners]
  verbs: [list, watch]
# Finalizers are metadata, so they need "patch" on the object itself; spec is never written.
- apiGroups: [provisioning.dev]
  resources: [nodes, images]
  verbs: [patch]
# A finished capture is published as an Image; where the name was taken meanwhile, the operator looks by whom. Before a file is deleted it looks whether its Image is still the one that it knows.
- apiGroups: [provisioning.dev]
  resources: [images]
  verbs: [create, get]
- apiGroups: [provisioning.dev]
  resources: [nodes/status, images/status, imagecaptures/status, provisioners/status]
  verbs: [patch]
# Secrets, and the ConfigMaps that hold hooks, are read by name only: never listed, never watched.
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [get]
{{ include "po.eventRules" . }}
{{- end -}}

{{- define "po.eventRules" -}}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}

{{/* What the operator may do in its own namespace: agree on who works, and say so. A name cannot be asked for on create. */}}
{{- define "po.leaderRules" -}}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [{{ include "po.fullname" . }}]
  verbs: [get, update]
{{- end -}}

{{- define "po.viewerRules" -}}
- apiGroups: [provisioning.dev]
  resources: [nodes, images, imagecaptures, provisioners]
  verbs: [get, list, watch]
{{- end -}}

{{- define "po.editorRules" -}}
- apiGroups: [provisioning.dev]
  resources: [nodes, images, imagecaptures]
  verbs: [create, update, patch, delete, deletecollection]
{{- end -}}

{{/* A Provisioner says on which hosts the operator runs commands: for those who run the namespace. */}}
{{- define "po.adminRules" -}}
- apiGroups: [provisioning.dev]
  resources: [provisioners]
  verbs: [create, update, patch, delete, deletecollection]
{{- end -}}
