# shellcheck shell=bash disable=SC2154 # check.sh sets standin and here
# The cases of check.sh: NAME CREDENTIAL PROMPT EXIT_CODE CONDITION [FLAGS, VAR=VALUE...]
oauth=CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-demo
apikey=ANTHROPIC_API_KEY=sk-ant-api03-demo
# What many conditions begin with: the last event is a result, of an API failure or of a success.
api='(.[-1]|.type=="result" and .subtype=="success" and .is_error and .terminal_reason=="api_error")'
done='(.[-1]|.type=="result" and .subtype=="success" and (.is_error|not) and .terminal_reason=="completed")'
schema='{"type":"object","properties":{"title":{"type":"string"},"count":{"type":"integer"}},"required":["title","count"],"additionalProperties":false}'
bash=(--allowedTools Bash)

check text "$oauth" 'Say something' 0 "$done and (.[-1].result|test(\"stand-in\")) and .[-1].usage.input_tokens==1000"
check text-api-key "$apikey" 'Say something. scenario:text' 0 "$done"
check long "$oauth" 'scenario:long' 0 "$done and (.[-1].result|length>6144)"
check huge "$oauth" 'scenario:huge' 0 "$done and (.[-1].result|length>100000)"
check refusal "$oauth" 'scenario:refusal' 1 '.[-1].is_error and .[-1].stop_reason=="refusal"'
check max-tokens "$oauth" 'scenario:max-tokens' 1 '.[-1].is_error and .[-1].api_error=="max_output_tokens"'
check usage-warning "$oauth" 'scenario:usage-warning' 0 "$done and any(.[]; .type==\"rate_limit_event\" and .rate_limit_info.status==\"allowed_warning\")"

check tools "$oauth" 'scenario:tools' 0 "$done and .[-1].num_turns==2 and .[-1].result==\"hello from the tool\"" "${bash[@]}"
check bash "$oauth" 'scenario:bash <<<echo one; echo "two 2">>>' 0 "$done and .[-1].result==\"one\\ntwo 2\"" "${bash[@]}"
check bash-denied "$oauth" 'scenario:bash <<<touch denied-file>>>' 0 "$done and .[-1].permission_denials[0].tool_name==\"Bash\""
# Outside a Pod it would read the environments of everything else on the machine: here it must refuse.
check echo-secret "$oauth" 'scenario:echo-secret' 0 "$done and (.[-1].result|startswith(\"refused\"))" "${bash[@]}"
check turns "$oauth" 'scenario:turns:4' 0 "$done and .[-1].num_turns==5" "${bash[@]}"
check max-turns "$oauth" 'scenario:max-turns' 1 '.[-1]|.subtype=="error_max_turns" and .is_error and .terminal_reason=="max_turns"' "${bash[@]}" --max-turns 3
check budget "$oauth" 'scenario:max-turns' 1 '.[-1]|.subtype=="error_max_budget_usd" and .terminal_reason=="budget_exhausted"' "${bash[@]}" --max-budget-usd 0.01
check structured "$oauth" 'scenario:structured' 0 "$done and .[-1].structured_output=={\"title\":\"stand-in\",\"count\":42}" --json-schema "$schema"
check structured-given "$oauth" 'scenario:structured <<<{"title":"mine","count":7}>>>' 0 "$done and .[-1].structured_output.count==7" --json-schema "$schema"
check structured-missing "$oauth" 'scenario:structured-missing' 0 "$done and (.[-1]|has(\"structured_output\")|not)" --json-schema "$schema"
check structured-wrong "$oauth" 'scenario:structured-wrong' 1 '.[-1]|.terminal_reason=="structured_output_retry_exhausted"' --json-schema "$schema"

check 400 "$oauth" 'scenario:400' 1 "$api and .[-1].api_error_status==400"
check 400-credit "$apikey" 'scenario:400-credit' 1 "$api and .[-1].api_error_status==400 and (.[-1].result|test(\"Credit balance\"))"
check 400-long "$oauth" 'scenario:400-long' 1 '.[-1].terminal_reason=="prompt_too_long"'
check 401 "$oauth" 'scenario:401' 1 "$api and .[-1].api_error_status==401"
check 401-api-key "$apikey" 'scenario:401' 1 "$api and .[-1].api_error_status==401"
check 403 "$oauth" 'scenario:403' 1 "$api and .[-1].api_error_status==403"
check 404 "$oauth" 'scenario:404' 1 "$api and .[-1].api_error_status==404"
check 429 "$apikey" 'scenario:429' 1 "$api and .[-1].api_error_status==429 and .[-1].api_error!=\"usage_limit_reached\""
check 429-usage "$oauth" 'scenario:429-usage' 1 "$api and .[-1].api_error==\"usage_limit_reached\" and any(.[]; .type==\"rate_limit_event\" and .rate_limit_info.status==\"rejected\")"
check 429-usage-api-key "$apikey" 'scenario:429-usage' 1 "$api and .[-1].api_error_status==429"
check 500 "$oauth" 'scenario:500' 1 "$api and .[-1].api_error_status==500"
check 529 "$oauth" 'scenario:529' 1 "$api and .[-1].api_error_status==529"
check slow "$oauth" 'scenario:slow:5' 0 "$done and .[-1].duration_ms>4500"
check hang "$oauth" 'scenario:hang' 1 "$api and .[-1].api_error_status==null" API_TIMEOUT_MS=1500
check broken "$oauth" 'scenario:broken' 1 "$api"
check broken-once "$oauth" 'scenario:broken-once' 0 "$done and (.[-1].result|test(\"second time\"))"
check reset "$oauth" 'scenario:reset' 1 "$api and .[-1].api_error==\"connection_failed\""
check garbage "$oauth" 'scenario:garbage' 1 "$api"

check token-revoked CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-revoked 'scenario:text' 1 "$api and .[-1].api_error_status==401"
check key-revoked ANTHROPIC_API_KEY=sk-ant-api03-revoked 'scenario:text' 1 "$api and .[-1].api_error_status==401"
check token-exhausted CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-demo-exhausted 'scenario:text' 1 "$api and .[-1].api_error==\"usage_limit_reached\""

check no-credential NOTHING=here 'scenario:text' 1 '.[-1]|.is_error and (.result|test("Not logged in"))'

# Clouds. Without a credential Claude Code sends nothing; a Google token endpoint that refuses is no HTTP status for it.
bedrock=(CLAUDE_CODE_USE_BEDROCK=1 AWS_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true "ANTHROPIC_BEDROCK_BASE_URL=$standin/bedrock" --model claude-opus-5-5)
vertex=(CLAUDE_CODE_USE_VERTEX=1 CLOUD_ML_REGION=europe-west1 ANTHROPIC_VERTEX_PROJECT_ID=demo-project METADATA_SERVER_DETECTION=none "ANTHROPIC_VERTEX_BASE_URL=$standin/vertex/v1" --model claude-opus-5-5)
jq -n --arg url "$standin/vertex/token/refused" --arg file "$here/standin.args" '{type: "external_account", audience: "//iam.googleapis.com/made-up",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt", token_url: $url, credential_source: {file: $file}}' >"$tmp/google.json"
check bedrock-refused AWS_BEARER_TOKEN_BEDROCK=wrong 'scenario:text' 1 "$api and .[-1].api_error_status==403 and .[-1].api_error==\"provider_credentials\"" "${bedrock[@]}"
check bedrock-no-credential NOTHING=here 'scenario:text' 1 "$api and .[-1].api_error_status==null and (.[-1].result|test(\"Could not load AWS credentials\"))" "${bedrock[@]}"
check vertex-no-credential NOTHING=here 'scenario:text' 1 "$api and .[-1].api_error_status==null and (.[-1].result|test(\"Could not load Google Cloud credentials\"))" "${vertex[@]}"
check vertex-refused "GOOGLE_APPLICATION_CREDENTIALS=$tmp/google.json" 'scenario:text' 1 "$api and .[-1].api_error_status==null and (.[-1].result|test(\"invalid_grant\"))" "${vertex[@]}"

# What a repository's settings say of the service, its URL and its credential does not count beside the operator's.
mkdir -p "$tmp/work/.claude"
jq -n '{apiKeyHelper: "echo sk-ant-api03-repository", env: {ANTHROPIC_BASE_URL: "http://127.0.0.1:9", ANTHROPIC_API_KEY: "sk-ant-api03-repository", ANTHROPIC_AUTH_TOKEN: "repository",
  CLAUDE_CODE_USE_BEDROCK: "1", HTTP_PROXY: "http://127.0.0.1:9", CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: "0"}}' >"$tmp/work/.claude/settings.json"
check hostile-settings "$oauth" 'scenario:text' 0 "$done" CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST=1 --settings '{"apiKeyHelper":""}'
check hostile-settings-api-key "$apikey" 'scenario:text' 0 "$done" CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST=1 --settings '{"apiKeyHelper":""}'
rm -r "$tmp/work/.claude"

check bad-flag "$oauth" 'scenario:text' 1 'length==0' --no-such-flag
check sigterm "$oauth" 'scenario:slow' 143 'all(.[]; .type!="result")' SIGNAL=TERM
check sigint "$oauth" 'scenario:slow' 0 '.[-1]|.subtype=="error_during_execution" and .terminal_reason=="aborted_streaming"' SIGNAL=INT
check sigint-tool "$oauth" 'scenario:bash <<<sleep 20>>>' 0 '.[-1]|.subtype=="error_during_execution" and .terminal_reason=="aborted_tools"' "${bash[@]}" SIGNAL=INT

# What a test changes while the stand-in runs: withdraw a token, put it back, let one job fail once.
tokens=$standin/__admin/mappings/00000000-0000-4000-8000-00000000a902
jq '.request.headers.Authorization.matches = "(?!Bearer (sk-ant-oat01-demo-2)$).*"' "$here/mappings/accepted-oauth-tokens.json" |
  curl -fso /dev/null -X PUT --data @- "$tokens"
check token-withdrawn "$oauth" 'scenario:text' 1 "$api and .[-1].api_error_status==401"
check token-other CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-demo-2 'scenario:text' 0 "$done"
curl -fso /dev/null -X PUT --data "@$here/mappings/accepted-oauth-tokens.json" "$tokens"
check token-back "$oauth" 'scenario:text' 0 "$done"
curl -fso /dev/null "$standin/__admin/mappings" -d '{"priority": 2, "scenarioName": "job-17", "requiredScenarioState": "Started",
  "newScenarioState": "let through", "request": {"method": "POST", "urlPath": "/v1/messages", "bodyPatterns": [{"contains": "job-17"}]},
  "response": {"status": 529, "headers": {"Content-Type": "application/json"},
    "jsonBody": {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}}}'
check recovers "$oauth" 'This is job-17' 0 "$done and any(.[]; .subtype==\"api_retry\" and .error==\"overloaded\")"
