/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "spec/spec.h"

/* What is refused, and in which words: text of the document, error without "config.json:". */
struct bad {
	const char *text, *error;
};

static const struct bad bad_top[] = {
	{ "[]", "1:1: expected an object, found an array" },
	{ "null", "1:1: expected an object, found null" },
	{ "\"x\"", "1:1: expected an object, found the string \"x\"" },
	{ "{\"ociVersion\":1}", "1:15: ociVersion: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.0.0\",\"hostname\":1}",
	  "1:34: hostname: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.0.0\",\"hostname\":[\"a\"]}",
	  "1:34: hostname: expected a string, found an array" },
	{ "{\"ociVersion\":\"1.0.0\",\"domainname\":true}",
	  "1:36: domainname: expected a string, found true" },
	{ "{\"ociVersion\":\"1.0.0\",\"root\":{}}", "1:30: root.path: required field is missing" },
	{ "{\"ociVersion\":\"1.0.0\",\"root\":\"/x\"}",
	  "1:30: root: expected an object, found the string \"/x\"" },
	{ "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":null}}",
	  "1:38: root.path: expected a string, found null" },
	{ "{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"x\",\"readonly\":\"yes\"}}",
	  "1:53: root.readonly: expected true or false, found the string \"yes\"" },
	{ "{\"ociVersion\":\"1.0.0\",\"annotations\":{\"a.b\":1}}",
	  "1:44: annotations[\"a.b\"]: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.0.0\",\"annotations\":[]}",
	  "1:37: annotations: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.0.0\",\"annotations\":{\"a\":null}}",
	  "1:42: annotations.a: expected a string, found null" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":{}}",
	  "1:32: mounts: expected an array, found an object" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":[{}]}",
	  "1:33: mounts[0].destination: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":[1]}",
	  "1:33: mounts[0]: expected an object, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":[null]}",
	  "1:33: mounts[0]: expected an object, found null" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":[{\"destination\":\"/a\",\"options\":\"ro\"}]}",
	  "1:63: mounts[0].options: expected an array, found the string \"ro\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":[{\"destination\":\"/a\",\"options\":[\"ro\",1]}]}",
	  "1:69: mounts[0].options[1]: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"mounts\":[{\"destination\":\"/a\",\"uidMappings\":[{\"containerID\":0,\"hostID\":1}]}]}",
	  "1:68: mounts[0].uidMappings[0].size: required field is missing" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":[]}",
	  "1:31: hooks: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":{\"poststop\":{}}}",
	  "1:43: hooks.poststop: expected an array, found an object" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":{\"prestart\":[{\"args\":[\"a\"]}]}}",
	  "1:44: hooks.prestart[0].path: required field is missing" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":{\"poststart\":[{\"path\":\"/a\",\"timeout\":0}]}}",
	  "1:68: hooks.poststart[0].timeout: expected an integer from 1 to 2147483647, found the number 0" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":{\"createRuntime\":[{\"path\":\"/a\",\"timeout\":1.5}]}}",
	  "1:72: hooks.createRuntime[0].timeout: expected an integer, found the number 1.5" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":{\"createContainer\":[{\"path\":\"/a\",\"env\":{}}]}}",
	  "1:70: hooks.createContainer[0].env: expected an array, found an object" },
	{ "{\"ociVersion\":\"1.0.0\",\"hooks\":{\"startContainer\":[{\"path\":7}]}}",
	  "1:58: hooks.startContainer[0].path: expected a string, found the number 7" },
};

static const struct bad bad_process[] = {
	{ "{\"ociVersion\":\"1.2.0\",\"process\":\"nope\"}",
	  "1:33: process: expected an object, found the string \"nope\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{}}",
	  "1:33: process.cwd: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":null}}",
	  "1:40: process.cwd: expected a string, found null" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"args\":\"sh\"}}",
	  "1:51: process.args: expected an array, found the string \"sh\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"env\":[1]}}",
	  "1:51: process.env[0]: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"env\":[null]}}",
	  "1:51: process.env[0]: expected a string, found null" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"terminal\":1}}",
	  "1:55: process.terminal: expected true or false, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"terminal\":\"true\"}}",
	  "1:55: process.terminal: expected true or false, found the string \"true\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"noNewPrivileges\":\"true\"}}",
	  "1:62: process.noNewPrivileges: expected true or false, found the string \"true\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"consoleSize\":{\"height\":1}}}",
	  "1:58: process.consoleSize.width: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"consoleSize\":{\"height\":-1,\"width\":1}}}",
	  "1:68: process.consoleSize.height: expected an integer from 0 to 18446744073709551615, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"consoleSize\":[1,2]}}",
	  "1:58: process.consoleSize: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":-1}}}",
	  "1:58: process.user.uid: expected an integer from 0 to 4294967294, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":4294967295}}}",
	  "1:58: process.user.uid: expected an integer from 0 to 4294967294, found the number 4294967295" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"gid\":4294967296}}}",
	  "1:58: process.user.gid: expected an integer from 0 to 4294967294, found the number 4294967296" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":\"0\"}}}",
	  "1:58: process.user.uid: expected an integer, found the string \"0\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1e3}}}",
	  "1:58: process.user.uid: expected an integer, found the number 1e3" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"uid\":1.0}}}",
	  "1:58: process.user.uid: expected an integer, found the number 1.0" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":\"root\"}}",
	  "1:51: process.user: expected an object, found the string \"root\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"umask\":512}}}",
	  "1:60: process.user.umask: expected an integer from 0 to 511, found the number 512" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[4294967295]}}}",
	  "1:70: process.user.additionalGids[0]: expected an integer from 0 to 4294967294, found the number 4294967295" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":[\"x\"]}}}",
	  "1:70: process.user.additionalGids[0]: expected an integer, found the string \"x\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"user\":{\"additionalGids\":5}}}",
	  "1:69: process.user.additionalGids: expected an array, found the number 5" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"capabilities\":[]}}",
	  "1:59: process.capabilities: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"capabilities\":{\"bounding\":\"CAP_KILL\"}}}",
	  "1:71: process.capabilities.bounding: expected an array, found the string \"CAP_KILL\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"capabilities\":{\"ambient\":[0]}}}",
	  "1:71: process.capabilities.ambient[0]: expected a string, found the number 0" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":1}]}}",
	  "1:55: process.rlimits[0].hard: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"soft\":1,\"hard\":1}]}}",
	  "1:55: process.rlimits[0].type: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":18446744073709551616,\"hard\":1}]}}",
	  "1:84: process.rlimits[0].soft: expected an integer from 0 to 18446744073709551615, found the number 18446744073709551616" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"rlimits\":[{\"type\":\"RLIMIT_CORE\",\"soft\":-1,\"hard\":1}]}}",
	  "1:84: process.rlimits[0].soft: expected an integer from 0 to 18446744073709551615, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":1001}}",
	  "1:58: process.oomScoreAdj: expected an integer from -1000 to 1000, found the number 1001" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":-1001}}",
	  "1:58: process.oomScoreAdj: expected an integer from -1000 to 1000, found the number -1001" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"oomScoreAdj\":\"5\"}}",
	  "1:58: process.oomScoreAdj: expected an integer, found the string \"5\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"scheduler\":{}}}",
	  "1:56: process.scheduler.policy: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_RR\",\"nice\":2147483648}}}",
	  "1:84: process.scheduler.nice: expected an integer from -2147483648 to 2147483647, found the number 2147483648" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":-5}}}",
	  "1:93: process.scheduler.runtime: expected an integer from 0 to 18446744073709551615, found the number -5" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"ioPriority\":{\"priority\":1}}}",
	  "1:57: process.ioPriority.class: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"execCPUAffinity\":{\"initial\":0}}}",
	  "1:73: process.execCPUAffinity.initial: expected a string, found the number 0" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"apparmorProfile\":{}}}",
	  "1:62: process.apparmorProfile: expected a string, found an object" },
	{ "{\"ociVersion\":\"1.2.0\",\"process\":{\"cwd\":\"/\",\"selinuxLabel\":[]}}",
	  "1:59: process.selinuxLabel: expected a string, found an array" },
};

static const struct bad bad_linux[] = {
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":[]}",
	  "1:31: linux: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"namespaces\":[{\"path\":\"/p\"}]}}",
	  "1:46: linux.namespaces[0].type: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"namespaces\":[\"pid\"]}}",
	  "1:46: linux.namespaces[0]: expected an object, found the string \"pid\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"namespaces\":{\"type\":\"pid\"}}}",
	  "1:45: linux.namespaces: expected an array, found an object" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"uidMappings\":[{\"hostID\":0,\"size\":1}]}}",
	  "1:47: linux.uidMappings[0].containerID: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"gidMappings\":[{\"containerID\":4294967295,\"hostID\":0,\"size\":1}]}}",
	  "1:62: linux.gidMappings[0].containerID: expected an integer from 0 to 4294967294, found the number 4294967295" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":4294967296}]}}",
	  "1:82: linux.gidMappings[0].size: expected an integer from 0 to 4294967295, found the number 4294967296" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"timeOffsets\":{\"monotonic\":5}}}",
	  "1:59: linux.timeOffsets.monotonic: expected an object, found the number 5" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"timeOffsets\":{\"boottime\":{\"secs\":9223372036854775808}}}}",
	  "1:66: linux.timeOffsets.boottime.secs: expected an integer from -9223372036854775808 to 9223372036854775807, found the number 9223372036854775808" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"timeOffsets\":{\"boottime\":{\"nanosecs\":-1}}}}",
	  "1:70: linux.timeOffsets.boottime.nanosecs: expected an integer from 0 to 4294967295, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"devices\":[{\"path\":\"/dev/x\"}]}}",
	  "1:43: linux.devices[0].type: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"devices\":[{\"type\":\"c\"}]}}",
	  "1:43: linux.devices[0].path: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/d\",\"major\":\"1\"}]}}",
	  "1:75: linux.devices[0].major: expected an integer, found the string \"1\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/d\",\"uid\":4294967295}]}}",
	  "1:73: linux.devices[0].uid: expected an integer from 0 to 4294967294, found the number 4294967295" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"devices\":[{\"type\":\"c\",\"path\":\"/d\",\"fileMode\":\"0666\"}]}}",
	  "1:78: linux.devices[0].fileMode: expected an integer, found the string \"0666\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"netDevices\":{\"eth0\":1}}}",
	  "1:53: linux.netDevices.eth0: expected an object, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"netDevices\":{\"eth0\":{\"name\":1}}}}",
	  "1:61: linux.netDevices.eth0.name: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"cgroupsPath\":1}}",
	  "1:46: linux.cgroupsPath: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"sysctl\":{\"net.ipv4.ip_forward\":1}}}",
	  "1:64: linux.sysctl[\"net.ipv4.ip_forward\"]: expected a string, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"rootfsPropagation\":true}}",
	  "1:52: linux.rootfsPropagation: expected a string, found true" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"maskedPaths\":[\"/a\",2]}}",
	  "1:52: linux.maskedPaths[1]: expected a string, found the number 2" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"readonlyPaths\":\"/a\"}}",
	  "1:48: linux.readonlyPaths: expected an array, found the string \"/a\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"mountLabel\":0}}",
	  "1:45: linux.mountLabel: expected a string, found the number 0" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"personality\":{}}}",
	  "1:46: linux.personality.domain: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"intelRdt\":{\"enableMonitoring\":1}}}",
	  "1:63: linux.intelRdt.enableMonitoring: expected true or false, found the number 1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"intelRdt\":{\"schemata\":\"L3:0=f\"}}}",
	  "1:55: linux.intelRdt.schemata: expected an array, found the string \"L3:0=f\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"memoryPolicy\":{\"nodes\":0}}}",
	  "1:56: linux.memoryPolicy.nodes: expected a string, found the number 0" },
};

static const struct bad bad_resources[] = {
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":5}}",
	  "1:44: linux.resources: expected an object, found the number 5" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"limit\":\"1g\"}}}}",
	  "1:63: linux.resources.memory.limit: expected an integer, found the string \"1g\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"limit\":1.5}}}}",
	  "1:63: linux.resources.memory.limit: expected an integer, found the number 1.5" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"limit\":1e9}}}}",
	  "1:63: linux.resources.memory.limit: expected an integer, found the number 1e9" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"limit\":9223372036854775808}}}}",
	  "1:63: linux.resources.memory.limit: expected an integer from -9223372036854775808 to 9223372036854775807, found the number 9223372036854775808" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"limit\":{}}}}}",
	  "1:63: linux.resources.memory.limit: expected an integer, found an object" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"swappiness\":-1}}}}",
	  "1:68: linux.resources.memory.swappiness: expected an integer from 0 to 18446744073709551615, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":{\"disableOOMKiller\":0}}}}",
	  "1:74: linux.resources.memory.disableOOMKiller: expected true or false, found the number 0" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"memory\":[]}}}",
	  "1:54: linux.resources.memory: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"cpu\":{\"shares\":-5}}}}",
	  "1:61: linux.resources.cpu.shares: expected an integer from 0 to 18446744073709551615, found the number -5" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"cpu\":{\"quota\":\"50%\"}}}}",
	  "1:60: linux.resources.cpu.quota: expected an integer, found the string \"50%\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"cpu\":{\"cpus\":0}}}}",
	  "1:59: linux.resources.cpu.cpus: expected a string, found the number 0" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"cpu\":{\"idle\":true}}}}",
	  "1:59: linux.resources.cpu.idle: expected an integer, found true" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"pids\":{\"limit\":\"max\"}}}}",
	  "1:61: linux.resources.pids.limit: expected an integer, found the string \"max\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"pids\":5}}}",
	  "1:52: linux.resources.pids: expected an object, found the number 5" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"blockIO\":{\"weight\":65536}}}}",
	  "1:65: linux.resources.blockIO.weight: expected an integer from 0 to 65535, found the number 65536" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"blockIO\":{\"weightDevice\":[{\"major\":8}]}}}}",
	  "1:72: linux.resources.blockIO.weightDevice[0].minor: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":0}]}}}}",
	  "1:81: linux.resources.blockIO.throttleReadBpsDevice[0].rate: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":0,\"rate\":-1}]}}}}",
	  "1:111: linux.resources.blockIO.throttleWriteIOPSDevice[0].rate: expected an integer from 0 to 18446744073709551615, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"devices\":[{\"access\":\"rwm\"}]}}}",
	  "1:56: linux.resources.devices[0].allow: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"devices\":[{\"allow\":\"false\"}]}}}",
	  "1:65: linux.resources.devices[0].allow: expected true or false, found the string \"false\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"devices\":[{\"allow\":true,\"major\":\"*\"}]}}}",
	  "1:78: linux.resources.devices[0].major: expected an integer, found the string \"*\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"hugepageLimits\":[{\"limit\":1}]}}}",
	  "1:63: linux.resources.hugepageLimits[0].pageSize: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"hugepageLimits\":[{\"pageSize\":\"2MB\"}]}}}",
	  "1:63: linux.resources.hugepageLimits[0].limit: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"network\":{\"classID\":4294967296}}}}",
	  "1:66: linux.resources.network.classID: expected an integer from 0 to 4294967295, found the number 4294967296" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"network\":{\"priorities\":[{\"name\":\"eth0\"}]}}}}",
	  "1:70: linux.resources.network.priorities[0].priority: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"rdma\":[]}}}",
	  "1:52: linux.resources.rdma: expected an object, found an array" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"rdma\":{\"mlx\":{\"hcaHandles\":-1}}}}}",
	  "1:73: linux.resources.rdma.mlx.hcaHandles: expected an integer from 0 to 4294967295, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"resources\":{\"unified\":{\"memory.high\":1}}}}",
	  "1:70: linux.resources.unified[\"memory.high\"]: expected a string, found the number 1" },
};

static const struct bad bad_seccomp[] = {
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\"}]}}}",
	  "1:42: linux.seccomp.defaultAction: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"SCMP_ACT_ALLOW\"}]}}}",
	  "1:42: linux.seccomp.defaultAction: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":5}}}",
	  "1:59: linux.seccomp.defaultAction: expected a string, found the number 5" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"flags\":\"x\"}}}",
	  "1:71: linux.seccomp.flags: expected an array, found the string \"x\"" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":{}}}}",
	  "1:74: linux.seccomp.syscalls: expected an array, found an object" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"action\":\"A\"}]}}}",
	  "1:75: linux.seccomp.syscalls[0].names: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"]}]}}}",
	  "1:75: linux.seccomp.syscalls[0].action: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":null,\"action\":\"A\"}]}}}",
	  "1:84: linux.seccomp.syscalls[0].names: expected an array, found null" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"A\",\"args\":[{\"index\":0,\"value\":1}]}]}}}",
	  "1:111: linux.seccomp.syscalls[0].args[0].op: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"A\",\"args\":[{\"index\":-1,\"value\":1,\"op\":\"E\"}]}]}}}",
	  "1:120: linux.seccomp.syscalls[0].args[0].index: expected an integer from 0 to 4294967295, found the number -1" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"A\",\"args\":[{\"index\":0,\"value\":18446744073709551616,\"op\":\"E\"}]}]}}}",
	  "1:130: linux.seccomp.syscalls[0].args[0].value: expected an integer from 0 to 18446744073709551615, found the number 18446744073709551616" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"syscalls\":[{\"names\":[\"a\"],\"action\":\"A\",\"args\":[{\"index\":0,\"op\":\"E\"}]}]}}}",
	  "1:111: linux.seccomp.syscalls[0].args[0].value: required field is missing" },
	{ "{\"ociVersion\":\"1.2.0\",\"linux\":{\"seccomp\":{\"defaultAction\":\"A\",\"defaultErrnoRet\":-1}}}",
	  "1:81: linux.seccomp.defaultErrnoRet: expected an integer from 0 to 4294967295, found the number -1" },
};

static void check(const struct bad *bad, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct spec *spec = NULL;
		struct err e = { 0 };
		const char *error;

		int r = spec_parse("config.json", bad[i].text, strlen(bad[i].text), &spec, &e);
		if (r == 0)
			fail_msg("accepted: %s", bad[i].text);
		assert_null(spec);
		assert_int_equal(r, -EINVAL);
		assert_int_equal(e.code, EINVAL);
		assert_int_equal(e.kind, ERR_CONFIG);
		error = str_after(e.text, "config.json:");
		assert_non_null(error);
		assert_string_equal(error, bad[i].error);
	}
}

static void top_is_refused_in_these_words(void **state)
{
	(void)state;
	check(bad_top, ARRAY_SIZE(bad_top));
}

static void process_is_refused_in_these_words(void **state)
{
	(void)state;
	check(bad_process, ARRAY_SIZE(bad_process));
}

static void linux_is_refused_in_these_words(void **state)
{
	(void)state;
	check(bad_linux, ARRAY_SIZE(bad_linux));
}

static void resources_is_refused_in_these_words(void **state)
{
	(void)state;
	check(bad_resources, ARRAY_SIZE(bad_resources));
}

static void seccomp_is_refused_in_these_words(void **state)
{
	(void)state;
	check(bad_seccomp, ARRAY_SIZE(bad_seccomp));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(top_is_refused_in_these_words),
		cmocka_unit_test(process_is_refused_in_these_words),
		cmocka_unit_test(linux_is_refused_in_these_words),
		cmocka_unit_test(resources_is_refused_in_these_words),
		cmocka_unit_test(seccomp_is_refused_in_these_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
