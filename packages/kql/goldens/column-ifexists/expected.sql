SELECT `a$8` AS `a`, `b$9` AS `b` FROM (SELECT `RemotePort` AS `a$8`, {p0:String} AS `b$9`, `RemotePort` AS `order$1` FROM `t`.`DeviceNetworkEvents`) ORDER BY `order$1` ASC NULLS LAST
