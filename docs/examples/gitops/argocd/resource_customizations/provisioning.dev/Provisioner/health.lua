-- Health of provisioners.provisioning.dev for Argo CD; the folders are laid out as Argo CD's own resource_customizations.
-- A Provisioner is Healthy when its endpoint answers, Progressing while it is waited for, Degraded when somebody has to act.
if obj.status == nil or obj.status.conditions == nil then
  return { status = "Progressing", message = "Waiting for the operator" }
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Waiting for the operator to see the change" }
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end
local function is(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end

if is("Stalled") then
  return { status = "Degraded", message = conditions.Stalled.message }
end
if is("Ready") then
  return { status = "Healthy", message = conditions.Ready.message }
end
return { status = "Progressing", message = conditions.Ready ~= nil and conditions.Ready.message or "Waiting for the operator" }
