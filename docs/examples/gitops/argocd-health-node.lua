-- Health of nodes.provisioning.dev for Argo CD.
-- In argocd-cm: resource.customizations.health.provisioning.dev_Node: | <this file>
local health = { status = "Progressing", message = "Waiting for the operator" }
if obj.status == nil then
  return health
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end

local ready, stalled, paused
for _, condition in ipairs(obj.status.conditions or {}) do
  if condition.type == "Ready" then
    ready = condition
  elseif condition.type == "Stalled" then
    stalled = condition
  elseif condition.type == "Paused" then
    paused = condition
  end
end

if paused ~= nil and paused.status == "True" then
  return { status = "Suspended", message = paused.message }
end
if stalled ~= nil and stalled.status == "True" then
  -- An approval that is awaited is no fault: a sync waits for it instead of failing.
  if stalled.reason == "PendingApproval" then
    return { status = "Suspended", message = stalled.message }
  end
  return { status = "Degraded", message = stalled.message }
end
if ready ~= nil then
  health.message = ready.message
  if ready.status == "True" then
    health.status = "Healthy"
  end
end
return health
